//! The frozen cases of the bench: each names a case that there is, and is a whole model. One that is
//! of another problem than today's is told, here and in the bench: it is made anew by `make textbook`,
//! not by whoever changes a camp.

use crate::case::{Case, fingerprint};
use crate::mps_file::MpsFile;
use crate::textbook::{folder, told, unpacked};
use std::io::Write;

/// Most that all of them may take on the disk, bytes.
const MOST_BYTES: u64 = 3_000_000;

#[test]
fn every_frozen_case_names_its_problem_and_is_whole() {
    let mut bytes = 0;
    let mut cases = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        bytes += path.metadata().unwrap().len();
        for text in unpacked(&path).unwrap() {
            let name = told(&text, "case").unwrap();
            let case = Case::named(name).unwrap_or_else(|| panic!("{name} is no case"));
            assert_eq!(case.to_string(), name);
            let file_name = path.file_name().unwrap().to_str().unwrap();
            let of_file = format!("{}-{}.{}h.", case.camp, case.variant, case.hours);
            assert!(file_name.starts_with(&of_file), "{name} in {file_name}");
            let file = MpsFile::read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let whole = |what: &str| {
                let sets = file.columns.iter().filter(|c| c.name.starts_with("genset."));
                sets.filter(|c| c.integer && c.name.contains(what)).count()
            };
            let sets = whole(".started[");
            assert!(
                sets > 0 && sets == whole(".stopped["),
                "{name}: three binaries a set and step"
            );
            let today = fingerprint(&case.problem());
            if told(&text, "problem") != Some(today.as_str()) {
                let words = format!("STALE: {name} is of another problem than today's\n");
                std::io::stderr().write_all(words.as_bytes()).unwrap();
            }
            cases += 1;
        }
    }
    assert!(cases >= 5, "{cases} frozen cases");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes of frozen cases");
}
