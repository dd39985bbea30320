//! The REST interface: every path, every error code, and that it is as it is described.

use super::support::{Answer, Setup, TestCamp, eventually, root};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A camp that has readings, a plan and a reject.
fn busy_camp() -> TestCamp {
    let camp = Setup::small().with_field().start();
    camp.live_until("a plan", 5, || camp.live.plan());
    let mut meter = camp.peer("meter", &[]);
    meter.send("smartcamp/v1/small/telemetry/x", "rubbish");
    eventually("the reject is told", || {
        (!camp.http.ok("/rejects").as_array().unwrap().is_empty()).then_some(())
    });
    camp
}

/// What OpenAPI says of an answer must hold of it: status, type and schema.
fn assert_described(api: &Value, method: &str, path: &str, answer: &Answer) {
    let described = &api["paths"][path][method]["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{method} {path}: status {} is not described", answer.status);
    let content = &described["content"];
    let kind = answer.content_type.split(';').next().unwrap();
    let Some(schema) = content[kind]["schema"].as_object() else {
        assert!(content.is_null() || kind.starts_with("text/"), "{path}: {kind} is not described");
        return;
    };
    if !kind.ends_with("json") {
        return;
    }
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schema], "components": api["components"],
    });
    let schema = jsonschema::validator_for(&whole).unwrap();
    let body = answer.json();
    let faults: Vec<String> =
        schema.iter_errors(&body).take(3).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(faults.is_empty(), "{method} {path}: {faults:?}");
}

#[test]
fn every_answer_is_as_described() {
    let camp = busy_camp();
    let api = camp.http.ok("/openapi.json");
    assert_eq!(api["openapi"], "3.1.0");
    let mut seen = BTreeSet::new();
    let mut check = |template: &str, path: &str, status: u16| {
        let answer = camp.http.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_described(&api, "get", template, &answer);
        seen.insert(template.to_owned());
    };
    let plan = camp.live.plan().unwrap().id;
    for path in [
        "/openapi.json",
        "/site",
        "/assets",
        "/state",
        "/rejects",
        "/forecasts",
        "/plans",
        "/plans/current",
        "/advice",
        "/instructions",
        "/actions",
        "/alarms",
        "/metrics",
        "/health",
    ] {
        check(path, path, 200);
    }
    check("/plans/{id}", &format!("/plans/{plan}"), 200);
    check("/plans/{id}", "/plans/999999", 404);
    eventually("the plan is explained", || {
        camp.live.plan().filter(|p| p.explanation.is_some()).map(|_| ())
    });
    check("/plans/{id}/explanation", &format!("/plans/{plan}/explanation"), 200);
    check("/plans/{id}/explanation", "/plans/999999/explanation", 404);
    check("/plans", "/plans?limit=0", 422);
    check("/readings/{point}", "/readings/genset.g1.power_kw", 200);
    check("/readings/{point}", "/readings/genset.g1.power_kw?form=csv", 200);
    check("/readings/{point}", "/readings/genset.g9.power_kw", 404);
    check("/readings/{point}", "/readings/genset.g1.power_kw?colour=red", 400);
    check("/readings/{point}", "/readings/genset.g1.power_kw?limit=100001", 422);
    check("/readings/{point}/aggregate", "/readings/genset.g1.power_kw/aggregate", 200);
    check(
        "/readings/{point}/aggregate",
        "/readings/genset.g1.power_kw/aggregate?step_minutes=0",
        422,
    );
    let (late, early) = ("2026-03-10T00:00:00Z", "2020-01-01T00:00:00Z");
    check(
        "/readings/{point}",
        &format!("/readings/genset.g1.power_kw?from={late}&to={early}"),
        422,
    );
    check(
        "/readings/{point}",
        &format!("/readings/genset.g1.power_kw?from={early}&to={late}"),
        422,
    );

    let day = "from=2026-03-09&to=2026-03-10";
    check("/quality", &format!("/quality?{day}"), 200);
    check("/quality", &format!("/quality?{day}&point=genset.g1.power_kw"), 200);
    check("/quality", "/quality?point=genset.g1.colour", 404);
    check("/quality", "/quality?from=2026-03-10&to=2026-03-09", 422);
    check("/quality", "/quality?colour=red", 400);

    super::reports::every_form(&mut check);

    let asked = camp.http.post("/plans", "{\"site\": \"small\", \"hours\": 4}");
    assert_eq!(asked.status, 202, "{}", asked.text);
    assert_described(&api, "post", "/plans", &asked);
    let job = format!("/jobs/{}", asked.json()["id"]);
    let done = eventually("the job is done", || {
        let job = camp.http.ok(&job);
        (job["status"] == "done").then_some(job)
    });
    check("/jobs/{id}", &job, 200);
    check("/jobs/{id}", "/jobs/999999", 404);
    let made = camp.http.ok(&format!("/plans?before={}&limit=1", plan + 1));
    assert_eq!(made.as_array().unwrap().len(), 1, "{done}");

    let sent = camp.http.post("/readings", "{\"readings\": []}");
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_described(&api, "post", "/readings", &sent);
    seen.insert("/readings".to_owned());
    let described: BTreeSet<String> = api["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(seen, described, "every path is tried");
}

#[test]
fn every_error_has_its_code() {
    let camp = busy_camp();
    let api = camp.http.ok("/openapi.json");
    let post = |http: &super::support::Http, body: &str, status: u16, code: &str| {
        let answer = http.post("/plans", body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
        assert_described(&api, "post", "/plans", &answer);
        answer.json()["detail"].as_str().unwrap().to_owned()
    };
    let operator = &camp.http;
    post(operator, r#"{"site": "atlantis"}"#, 404, "unknown_camp");
    let detail = post(operator, r#"{"hours": 10000}"#, 422, "out_of_range");
    assert!(detail.contains("10000") && detail.contains("336"), "{detail}");
    post(operator, r#"{"hours": -1}"#, 400, "bad_request");
    post(operator, r#"{"horizon": 5}"#, 400, "bad_request");
    post(operator, "{", 400, "bad_request");
    post(operator, &format!("{{\"site\": \"{}\"}}", "x".repeat(70_000)), 400, "bad_request");
    post(&camp.reader(), "{}", 403, "forbidden");
    post(&operator.with_token("wrong"), "{}", 401, "unauthorized");

    for path in ["/state", "/plans/current", "/metrics", "/readings/genset.g1.power_kw", "/rejects"]
    {
        for token in ["wrong", "", "a-token-that-read"] {
            let answer = operator.with_token(token).get(path);
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"), "{path}");
        }
        assert_eq!(camp.reader().get(path).status, 200, "{path}");
    }
    assert_eq!(operator.get("/nowhere").code(), "not_found");
    assert_eq!(operator.get("/plans/seven").code(), "not_found");
    let fresh = Setup::small().start();
    assert_eq!(fresh.http.get("/plans/current").code(), "no_plan");
    assert_eq!(fresh.http.get("/forecasts").code(), "no_plan");
    assert_eq!(fresh.http.ok("/health")["status"], "starting");
}

/// Nobody floods the solver: requests beyond a handful are turned away until it has caught up.
#[test]
fn too_many_requests_for_plans_are_turned_away() {
    let camp = busy_camp();
    let answers: Vec<Answer> = (0..40).map(|_| camp.http.post("/plans", "{}")).collect();
    let refused: Vec<&Answer> = answers.iter().filter(|a| a.status == 429).collect();
    assert!(!refused.is_empty() && refused.iter().all(|a| a.code() == "busy"));
    assert!(answers.iter().all(|a| a.status == 202 || a.status == 429));
}

#[test]
fn the_pages_need_nothing_from_elsewhere() {
    let camp = Setup::small().start();
    for path in
        ["/", "/console.css", "/console.js", "/charts.js", "/why.js", "/reports.js", "/docs/"]
    {
        let page = camp.http.with_token("").page(path);
        assert_eq!(page.status, 200, "{path}");
        let elsewhere = ["src=\"http", "href=\"http", "url(http", "import(\"http", "fetch(\"http"];
        for reference in elsewhere {
            assert!(!page.text.contains(reference), "{path} asks for {reference}");
        }
    }
}

#[test]
fn health_tells_silence() {
    let camp = busy_camp();
    assert_eq!(camp.http.ok("/health")["status"], "ok");
    let (start, folder) = (camp.clock.now(), camp.end());
    // The meters are gone: after a quarter of an hour that is no good health.
    let camp = Setup { start, folder, ..Setup::small() }.start();
    camp.clock.advance(TimeDelta::hours(2));
    let answer = eventually("degraded", || {
        let answer = camp.http.get("/health");
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(answer.json()["status"], "degraded");
    let state = camp.http.ok("/state");
    assert!(state["values"]["tank.raw.level_m3"]["age_s"].as_f64().unwrap() > 3600.0);
}

/// Names of the schemas that answers refer to.
fn answers(paths: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![paths];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields.iter().filter(|(key, _)| *key != "requestBody") {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(name)) => {
                            found.insert(name.rsplit('/').next().unwrap().to_owned());
                        }
                        _ => open.push(value),
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[test]
fn the_description_in_the_repository_is_the_one_served() {
    let kept = std::fs::read_to_string(root().join("openapi/openapi.json")).unwrap();
    let made = smart_camp::api::openapi::text().unwrap();
    assert!(kept == made, "openapi/openapi.json is out of date: run make openapi");
    let api: Value = serde_json::from_str(&kept).unwrap();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{place} has no summary");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response["description"].is_string(), "{place} {status}");
                let is_error = status.as_str() >= "400" && status != "503";
                let problem = &response["content"]["application/problem+json"];
                assert!(!is_error || problem.is_object(), "{place} {status} is no problem+json");
            }
        }
    }
    let schemas = &api["components"]["schemas"];
    for name in answers(&api["paths"]) {
        let examples = schemas[&name]["examples"].as_array();
        let examples = examples.unwrap_or_else(|| panic!("{name} has no example"));
        let whole = json!({
            "$ref": format!("#/components/schemas/{name}"), "components": api["components"],
        });
        let schema = jsonschema::validator_for(&whole).unwrap();
        for example in examples {
            let fault = schema.iter_errors(example).next();
            assert!(fault.is_none(), "the example of {name}: {fault:?}");
        }
    }
    for (path, item) in api["paths"].as_object().unwrap() {
        for parameter in
            item.as_object().unwrap().values().filter_map(|o| o["parameters"].as_array()).flatten()
        {
            let (name, told) = (&parameter["name"], &parameter["description"]);
            assert!(
                told.is_string() && !parameter["example"].is_null(),
                "{path}: parameter {name}"
            );
        }
    }
    for (name, schema) in api["components"]["schemas"].as_object().unwrap() {
        let own = schema["description"].is_string();
        assert!(own, "schema {name} has no description");
        let fields = schema["properties"].as_object();
        for (field, property) in fields.into_iter().flatten() {
            let told = ["description", "$ref", "oneOf"].iter().any(|key| !property[key].is_null());
            assert!(told, "{name}.{field} has no description");
        }
    }
}
