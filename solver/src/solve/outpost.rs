//! The camp of this module's tests: one set of 50 kW, two hours.

use crate::problem::Problem;
use serde_json::json;

pub(super) fn outpost(demand_kw: [f64; 2]) -> Problem {
    serde_json::from_value(json!({
        "site": {
            "version": 1, "name": "outpost",
            "place": { "latitude_deg": 5.0, "longitude_deg": 30.0, "time_zone": "UTC" },
            "money": { "currency": "USD", "fuel_price_per_l": 2.0 },
            "load": { "camp": { "tier": "T2", "typical_kw": vec![35.0; 24] } },
            "genset": { "g1": { "rated_kw": 50.0, "fuel_curve_kw": [25.0, 50.0],
                "fuel_curve_l_per_h": [8.0, 15.0] } }
        },
        "grid": { "start": "2026-03-10T00:00:00Z", "step_minutes": [60, 60],
            "utc_offset_minutes": [0, 0] },
        "start": {},
        "series": { "demand_kw": { "load.camp": demand_kw } },
        "end": {}
    }))
    .unwrap()
}
