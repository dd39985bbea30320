//! Copies, checks, CSV, and one process at a time.

use super::*;
use crate::domain::ports::Action;

fn filled(folder: &tempfile::TempDir) -> EmbeddedStore {
    let store = store(folder);
    for block in 0..3 {
        let mut batch: Vec<Reading> = (0..1000)
            .map(|i| reading(i % 4, i64::from(block * 1000 + i), f64::from(i) / 3.0))
            .collect();
        batch[7].reason = Some(Reason::Spike);
        store.append(&batch, &[]).unwrap();
        if block < 2 {
            store.seal().unwrap();
        }
    }
    let action = Action {
        at: time_of_ms(5),
        who: "an engineer".to_owned(),
        what: "plan.asked".to_owned(),
        why: "a reason, with \"quotes\" and\na second line".to_owned(),
    };
    store.add_action(&action).unwrap();
    store
}

#[test]
fn a_second_process_is_told_that_the_store_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(&folder);
    let path = folder.path().join("camp.db");
    let error = EmbeddedStore::open(&path, &points()).unwrap_err().to_string();
    assert!(error.contains("another process works with it"), "{error}");
    drop(first);
    EmbeddedStore::open(&path, &points()).unwrap();
}

#[test]
fn a_copy_is_made_while_the_store_is_open_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("camp.db"), folder.path().join("copy.db"));
    let store = filled(&folder);
    backup(&path, &copy).unwrap();
    let told: Vec<_> = (0..4).map(|p| all(&store, p)).collect();
    let again = backup(&path, &copy).unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
    assert!(restore(&copy, &path).unwrap_err().to_string().contains("another process"));
    store.append(&[reading(0, 1_000_000, 1.0)], &[]).unwrap();
    drop(store);
    let before = restore(&copy, &path).unwrap().unwrap();
    let restored = EmbeddedStore::open(&path, &points()).unwrap();
    let now: Vec<_> = (0..4).map(|p| all(&restored, p)).collect();
    assert_eq!(now, told);
    // What was there is not lost.
    let old = EmbeddedStore::open(&before, &points()).unwrap();
    assert_eq!(all(&old, 0).last(), Some(&(1_000_000, 1.0)));
}

#[test]
fn what_is_broken_is_found_and_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camp.db");
    drop(filled(&folder));
    assert_eq!(check(&path).unwrap(), Vec::<String>::new());
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "UPDATE chunk SET vals = x'0011' WHERE id = 1; UPDATE chunk SET count = 3 WHERE id = 2;",
    )
    .unwrap();
    drop(db);
    let found = check(&path);
    // A chunk that cannot be read spoils the look at its roll-up too: that is told as an error.
    let told = found.map_or_else(|e| e.to_string(), |list| list.join("; "));
    assert!(told.contains("broken"), "{told}");
    let target = folder.path().join("other.db");
    assert!(restore(&path, &target).is_err());
    assert!(!target.exists());
}

#[test]
fn everything_leaves_as_csv_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, csv) = (folder.path().join("camp.db"), folder.path().join("csv"));
    let store = filled(&folder);
    let out = export(&path, &csv).unwrap();
    let new = folder.path().join("new.db");
    assert_eq!(import(&csv, &new).unwrap(), out);
    assert_eq!(out[0], ("readings.csv", 3000));
    let imported = EmbeddedStore::open(&new, &points()).unwrap();
    for point in 0..4 {
        assert_eq!(all(&imported, point), all(&store, point));
        let (from, to) = (time_of_ms(0), time_of_ms(1 << 50));
        let reasons = |s: &EmbeddedStore| -> Vec<_> {
            s.range(PointId(point), from, to, usize::MAX)
                .unwrap()
                .iter()
                .map(|s| s.reason)
                .collect()
        };
        assert_eq!(reasons(&imported), reasons(&store));
    }
    assert_eq!(imported.actions(10).unwrap(), store.actions(10).unwrap());
    drop(imported);
    assert_eq!(check(&new).unwrap(), Vec::<String>::new());
    assert!(import(&csv, &new).unwrap_err().to_string().contains("holds readings"));
}

#[test]
fn a_faulty_export_is_refused_whole_and_every_fault_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, csv) = (folder.path().join("camp.db"), folder.path().join("csv"));
    drop(filled(&folder));
    export(&path, &csv).unwrap();
    let readings = csv.join("readings.csv");
    let text = std::fs::read_to_string(&readings).unwrap();
    let spoilt = text.replacen(",spike", ",odd", 1).replacen("T00:00:01", "T00:61:01", 1);
    std::fs::write(&readings, spoilt).unwrap();
    let new = folder.path().join("new.db");
    let error = import(&csv, &new).unwrap_err().to_string();
    assert!(error.contains("2 fault(s)") && error.contains("odd: is no reason"), "{error}");
    let empty = EmbeddedStore::open(&new, &points()).unwrap();
    assert!(all(&empty, 0).is_empty());
}
