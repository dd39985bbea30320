//! The life of instructions, without any broker.

use super::*;
use crate::domain::instruction::{DesiredState, InstructionStatus};
use crate::domain::mode::{AssetLimits, Envelope};
use crate::domain::plan_record::{PlanRecord, Verdict};
use crate::domain::state::CampState;
use camp_solver::rules::rule_based;
use std::collections::BTreeMap;
use std::path::Path;

fn start() -> DateTime<Utc> {
    "2026-03-10T06:00:00Z".parse().unwrap()
}

/// The rule-based plan of the small camp's typical day.
fn record() -> PlanRecord {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/small.toml");
    let file = crate::site_file::read(&path, None).unwrap();
    let request = crate::planning::request::FileRequest {
        start: Some(start()),
        hours: 6,
        ..crate::planning::request::FileRequest::default()
    };
    let problem = crate::planning::request::prepare(&file, &request).unwrap().problem;
    PlanRecord {
        id: 5,
        issued_at: start(),
        valid_until: start() + TimeDelta::minutes(30),
        trigger: "test".to_owned(),
        verdict: Verdict::Published,
        reason: String::new(),
        verified: true,
        degraded: Vec::new(),
        left_out: BTreeMap::new(),
        worth: None,
        forecasts: Vec::new(),
        plan: rule_based(&problem),
        explanation: None,
    }
}

fn run_set(running: bool) -> Wanted {
    let desired = DesiredState { running: Some(running), ..DesiredState::default() };
    Wanted { asset: "genset.g1".to_owned(), desired, why: "a test".to_owned() }
}

fn answer(sequence: i64, status: InstructionStatus) -> Acknowledgement {
    let asset = "genset.g1".to_owned();
    Acknowledgement { schema: 1, asset, sequence, status, detail: "as told".to_owned() }
}

fn is_new(step: Option<Step>) -> Option<i64> {
    match step? {
        Step::New(record, _) => Some(record.instruction.sequence),
        Step::Repeat(_) | Step::Ended(_) => None,
    }
}

#[test]
fn the_same_wish_is_repeated_and_another_one_replaces_it() {
    let (record, mut ledger, t) = (record(), Ledger::new(41), start());
    let after = |s: i64| t + TimeDelta::seconds(s);
    assert_eq!(is_new(ledger.issue(&run_set(true), &record, "me", 600, t)), Some(42));
    assert_eq!(is_new(ledger.issue(&run_set(true), &record, "me", 600, after(10))), None);
    // Past half of its time it is made anew, so that one lost message does not end it.
    assert_eq!(is_new(ledger.issue(&run_set(true), &record, "me", 600, after(301))), Some(43));
    let Some(Step::New(new, replaced)) =
        ledger.issue(&run_set(false), &record, "me", 600, after(310))
    else {
        panic!("another wish is another instruction");
    };
    assert_eq!(new.instruction.sequence, 44);
    let replaced = replaced.expect("the one before was open");
    assert_eq!(replaced.status, InstructionStatus::Revoked);
    assert_eq!(replaced.detail, "replaced by 44");
}

#[test]
fn answers_count_for_the_last_instruction_and_in_order() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    ledger.issue(&run_set(true), &record, "me", 600, t);
    assert!(ledger.answer(&answer(7, InstructionStatus::Succeeded), t).is_none(), "not its number");
    let started = ledger.answer(&answer(1, InstructionStatus::Started), t).unwrap();
    assert_eq!(started.status, InstructionStatus::Started);
    assert!(ledger.answer(&answer(1, InstructionStatus::Started), t).is_none(), "said before");
    ledger.answer(&answer(1, InstructionStatus::Succeeded), t).unwrap();
    assert!(ledger.answer(&answer(1, InstructionStatus::Aborted), t).is_none(), "it is final");
    assert!(ledger.unanswered(t + TimeDelta::hours(1)).is_empty());
}

#[test]
fn silence_is_noticed_once() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    ledger.issue(&run_set(true), &record, "me", 600, t);
    assert!(ledger.unanswered(t + TimeDelta::seconds(60)).is_empty());
    let late = ledger.unanswered(t + TimeDelta::seconds(61));
    assert_eq!(late[0].status, InstructionStatus::Aborted);
    assert!(ledger.unanswered(t + TimeDelta::seconds(70)).is_empty());
}

#[test]
fn what_is_not_wanted_is_released() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    let after = |s: i64| t + TimeDelta::seconds(s);
    ledger.issue(&run_set(true), &record, "me", 600, t);
    ledger.answer(&answer(1, InstructionStatus::Succeeded), t).unwrap();
    assert!(ledger.release_others(&[run_set(false)], t).is_empty(), "the asset is still wanted");
    let released = ledger.release_others(&[], after(100));
    let [Step::New(release, None)] = released.as_slice() else { panic!("{released:?}") };
    assert!(release.instruction.desired.is_release());
    assert_eq!((release.instruction.sequence, release.instruction.valid_for_s), (2, 500));
    let again = ledger.release_others(&[], after(110));
    assert!(matches!(again.as_slice(), [Step::Repeat(_)]), "it is repeated");
    // What could have been held has lapsed by itself: nothing is left to say.
    let lapsed = ledger.release_others(&[], after(601));
    assert!(matches!(lapsed.as_slice(), [Step::Ended(_)]), "{lapsed:?}");
    assert!(ledger.release_others(&[], after(602)).is_empty());
    assert!(ledger.revoke_all(after(602)).is_empty());
}

/// Who does not answer may have heard all the same.
#[test]
fn what_nobody_answered_is_released_too() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    let after = |s: i64| t + TimeDelta::seconds(s);
    ledger.issue(&run_set(true), &record, "me", 600, t);
    assert_eq!(ledger.unanswered(after(61)).len(), 1);
    let released = ledger.release_others(&[], after(70));
    assert!(matches!(released.as_slice(), [Step::New(_, None)]), "{released:?}");
    assert_eq!(ledger.unanswered(after(140)).len(), 1, "nor is the release answered");
    assert!(matches!(ledger.release_others(&[], after(150)).as_slice(), [Step::Repeat(_)]));
}

#[test]
fn what_was_refused_is_not_released_and_not_asked_again_at_once() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    let after = |s: i64| t + TimeDelta::seconds(s);
    ledger.issue(&run_set(true), &record, "me", 600, t);
    ledger.answer(&answer(1, InstructionStatus::Aborted), t).unwrap();
    assert_eq!(is_new(ledger.issue(&run_set(true), &record, "me", 600, after(30))), None);
    assert_eq!(is_new(ledger.issue(&run_set(true), &record, "me", 600, after(61))), Some(2));
    ledger.answer(&answer(2, InstructionStatus::Rejected), t).unwrap();
    assert!(ledger.release_others(&[], after(62)).is_empty());
}

#[test]
fn without_an_envelope_everything_ends_in_silence() {
    let (record, mut ledger, t) = (record(), Ledger::new(0), start());
    ledger.issue(&run_set(true), &record, "me", 600, t);
    assert_eq!(ledger.revoke_all(t)[0].status, InstructionStatus::Revoked);
    assert!(ledger.revoke_all(t).is_empty());
}

/// A set whose meter is silent may be the one that carries the camp.
#[test]
fn nothing_is_asked_of_an_asset_that_the_plan_leaves_alone() {
    let mut record = record();
    assert!(wanted(&record, start()).iter().any(|w| w.asset == "genset.g1"));
    record.left_out.insert("genset.g1".to_owned(), "its status is not known".to_owned());
    assert!(wanted(&record, start()).iter().all(|w| w.asset != "genset.g1"));
    let assets = advice(&record, start()).unwrap().assets;
    assert!(assets.iter().all(|w| w.asset != "genset.g1"), "nor advised");
}

#[test]
fn an_answer_counts_for_its_own_topic_and_in_a_controllers_words() {
    let read = |text: &str| Acknowledgement::read(text.as_bytes(), "genset.g1");
    let good = r#"{"schema":1,"asset":"genset.g1","sequence":1,"status":"ACCEPTED"}"#;
    assert!(read(good).is_ok());
    for bad in [
        good.replace("genset.g1", "genset.g2"),
        good.replace("\"schema\":1", "\"schema\":2"),
        good.replace("ACCEPTED", "REVOKED"),
        good.replace("ACCEPTED", "NEW"),
        good.replace("ACCEPTED", "MAYBE"),
        good.replace("sequence", "number"),
    ] {
        assert!(read(&bad).is_err(), "{bad}");
    }
}

#[test]
fn the_envelope_bounds_what_may_be_asked() {
    let limits = |may_stop: bool| AssetLimits {
        may_start: true,
        may_stop,
        max_kw: Some(50.0),
        max_m3_per_h: None,
    };
    let envelope = |may_stop: bool| Envelope {
        signed_by: "me".to_owned(),
        why: "a test".to_owned(),
        expires_at: start(),
        assets: BTreeMap::from([("genset.g1".to_owned(), limits(may_stop))]),
    };
    let mut state = CampState::default();
    let running = crate::domain::state::Run { running: true, since: start() };
    state.remember_run("g1", running);
    let ask = |wanted: &Wanted, may_stop| dispatch::within(wanted, &envelope(may_stop), &state);
    assert_eq!(ask(&run_set(false), true), Ok(()));
    let refused = ask(&run_set(false), false).unwrap_err().unwrap();
    assert!(refused.contains("may not be stopped"), "{refused}");
    let mut heavy = run_set(true);
    heavy.desired.expected_kw = Some(60.0);
    assert!(ask(&heavy, true).unwrap_err().unwrap().contains("60.0 kW"));
    let other = Wanted { asset: "genset.g2".to_owned(), ..run_set(true) };
    assert_eq!(ask(&other, true), Err(None), "the envelope does not name it");
}

#[test]
fn advice_speaks_of_the_present_step_and_of_nothing_outside_the_plan() {
    let record = record();
    let advice_at = |minutes: i64| advice(&record, start() + TimeDelta::minutes(minutes));
    assert_eq!(advice_at(20).unwrap().step_start, start() + TimeDelta::minutes(15));
    assert!(advice_at(-1).is_none() && advice_at(6 * 60).is_none());
}
