//! Examples of the description: answers of a running camp, cut short. A test holds each against its
//! schema, and wants one for whatever an answer can be.

use utoipa::Modify;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

/// Schemas and their examples.
const EXAMPLES: &[(&str, &str)] = &[
    ("Action", include_str!("../../../openapi/examples/Action.json")),
    ("Advice", include_str!("../../../openapi/examples/Advice.json")),
    ("Alarm", include_str!("../../../openapi/examples/Alarm.json")),
    ("Asset", include_str!("../../../openapi/examples/Asset.json")),
    ("Buckets", include_str!("../../../openapi/examples/Buckets.json")),
    ("Explanation", include_str!("../../../openapi/examples/Explanation.json")),
    ("Forecast", include_str!("../../../openapi/examples/Forecast.json")),
    ("FuelReport", include_str!("../../../openapi/examples/FuelReport.json")),
    ("Health", include_str!("../../../openapi/examples/Health.json")),
    ("Imported", include_str!("../../../openapi/examples/Imported.json")),
    ("InstructionRecord", include_str!("../../../openapi/examples/InstructionRecord.json")),
    ("Job", include_str!("../../../openapi/examples/Job.json")),
    ("LearningReport", include_str!("../../../openapi/examples/LearningReport.json")),
    ("PlanRecord", include_str!("../../../openapi/examples/PlanRecord.json")),
    ("PlanSummary", include_str!("../../../openapi/examples/PlanSummary.json")),
    ("PointQuality", include_str!("../../../openapi/examples/PointQuality.json")),
    ("Problem", include_str!("../../../openapi/examples/Problem.json")),
    ("Reject", include_str!("../../../openapi/examples/Reject.json")),
    ("Samples", include_str!("../../../openapi/examples/Samples.json")),
    ("SavingReport", include_str!("../../../openapi/examples/SavingReport.json")),
    ("Scorecard", include_str!("../../../openapi/examples/Scorecard.json")),
    ("SiteView", include_str!("../../../openapi/examples/SiteView.json")),
    ("StateView", include_str!("../../../openapi/examples/StateView.json")),
];

/// Puts the examples into the description.
pub(super) struct Examples;

impl Modify for Examples {
    fn modify(&self, openapi: &mut OpenApi) {
        let schemas = &mut openapi.components.get_or_insert_default().schemas;
        for (name, text) in EXAMPLES {
            // What cannot be read or has no place stays out, and the test misses it.
            if let Ok(example) = serde_json::from_str(text)
                && let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(*name)
            {
                object.examples.push(example);
            }
        }
    }
}
