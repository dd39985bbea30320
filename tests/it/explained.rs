//! Why a plan is as it is, as people get it: with the plan, by its number, after a restart, and typed.

use super::support::{Setup, eventually, run};
use serde_json::Value;

/// The reasons of an explanation: each set through the whole plan, without holes.
fn assert_whole(told: &Value, plan: &Value) {
    for (set, of_plan) in plan["genset"].as_object().unwrap() {
        let reasons = told["sets"].as_array().unwrap().iter().filter(|r| r["set"] == **set);
        let blocks: Vec<&Value> = reasons.collect();
        assert!(!blocks.is_empty(), "{set}: {told}");
        assert_eq!(blocks[0]["from"], plan["grid"]["start"], "{set}");
        assert_eq!(blocks[0]["on"], of_plan["running"][0], "{set}");
        for pair in blocks.windows(2) {
            assert_eq!(pair[0]["to"], pair[1]["from"], "{set}");
        }
        for block in blocks {
            let (sentence, rule) = (block["sentence"].as_str().unwrap(), &block["rule"]);
            assert!(sentence.starts_with(set.as_str()) && rule.is_string(), "{block}");
        }
    }
    assert!(!told["electricity"].as_array().unwrap().is_empty());
    assert!(told["left_out"].is_array());
}

#[test]
fn a_plan_in_force_is_explained_and_stays_so() {
    let camp = Setup::small().with_field().start();
    let plan = camp.live_until("a plan", 5, || camp.live.plan());
    let path = format!("/plans/{}/explanation", plan.id);
    let told = eventually("it is explained", || {
        let answer = camp.http.get(&path);
        (answer.status == 200).then(|| answer.json())
    });
    assert!(told["seconds"].as_f64().unwrap() < 15.0, "{}", told["seconds"]);
    let kept = camp.http.ok(&format!("/plans/{}", plan.id));
    assert_whole(&told, &kept["plan"]);
    assert_eq!(kept["explanation"], told);
    eventually("the current plan carries it", || {
        let current = camp.http.ok("/plans/current");
        (current["id"] != plan.id || current["explanation"] == told).then_some(())
    });
    assert_eq!(camp.reader().get(&path).status, 200);
    assert_eq!(camp.http.with_token("wrong").get(&path).code(), "unauthorized");
    let folder = camp.end();
    let camp = Setup { folder, ..Setup::small() }.start();
    assert_eq!(camp.http.ok(&path), told);
}

#[test]
fn the_command_line_explains_on_request() {
    let common = ["plan", "--site", "camps/small.toml", "--hours", "6", "--gap", "0.05"];
    let page = run(&[&common[..], &["--explain"]].concat());
    assert_eq!(page.code, 0, "{}", page.err);
    for part in ["why:", "what rules cost:", "one more kWh burns", "one more m3", "explained in"] {
        assert!(page.out.contains(part), "{part}: {}", page.out);
    }
    let json = run(&[&common[..], &["--explain", "--json"]].concat());
    let plan: Value = serde_json::from_str(&json.out).unwrap();
    assert_whole(&plan["explanation"], &plan);
    let plain = run(&[&common[..], &["--json"]].concat());
    let plan: Value = serde_json::from_str(&plain.out).unwrap();
    assert!(plan["explanation"].is_null());
}
