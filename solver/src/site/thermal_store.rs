//! A store of heat or cold with its heater or refrigeration: hot water, cold rooms, ice.

use super::{Equipment, hourly};
use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A store of heat with an electric heater, tier T3, or of cold with its refrigeration, tier T2. Cold is
/// counted as the electricity that makes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThermalStore {
    /// What it holds.
    #[serde(default)]
    pub holds: Holds,
    /// Most power of the heater or refrigeration, kW electric; hard.
    pub heater_kw: f64,
    /// Heat that the full store holds, kWh; hard. Of a cold store, the electricity that takes it from the
    /// warm end of its band to the cold end, kWh: for +-2 K, what 4 K take.
    pub store_kwh: f64,
    /// Heat drawn on the typical day, kWh. Of a cold store, the electricity that its losses take: through
    /// walls and doors, and what is put in.
    pub daily_kwh: f64,
    /// How it spreads over the local hours: 24 shares, scaled to sum to 1.
    pub typical_share: Vec<f64>,
    /// Least fill, 0 to 1; soft: less is a shortfall. A cold store keeps within its band at 0.
    pub min_frac: f64,
    /// Fill asked for at each of the ready times, 0 to 1; soft.
    pub ready_frac: f64,
    /// Local hours at which that fill is asked for.
    pub ready_at_h: Vec<f64>,
    /// Lost in an hour besides what is drawn, share of what is stored.
    pub loss_frac_per_h: f64,
    /// Fill at the start where the start state does not name it, 0 to 1.
    #[serde(default)]
    pub start_frac: f64,
}

/// What a thermal store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Heat, which is drawn, or not drawn where there is none.
    #[default]
    Heat,
    /// Cold, which is lost in any case: the store leaves its band where it is not cooled.
    Cold,
}

/// Where in its band a cold store's own control holds it.
const COLD_MIDDLE: f64 = 0.5;

impl ThermalStore {
    /// Whether it holds cold.
    pub fn is_cold(&self) -> bool {
        self.holds == Holds::Cold
    }

    /// The fill at which its own control holds it, 0 to 1.
    pub fn held_frac(&self) -> f64 {
        let middle = if self.is_cold() { COLD_MIDDLE } else { 0.0 };
        self.ready_frac.max(self.min_frac).max(middle)
    }

    /// Heat drawn on the typical day by local hour, kW.
    pub fn typical(&self) -> [f64; 24] {
        let shares = hourly(&self.typical_share);
        let sum: f64 = shares.iter().sum();
        shares.map(|s| if sum > 0.0 { self.daily_kwh * s / sum } else { self.daily_kwh / 24.0 })
    }

    /// Heat below which the store should not fall, kWh.
    pub fn least_kwh(&self) -> f64 {
        self.min_frac * self.store_kwh
    }

    /// Heat asked for at each of the ready times, kWh.
    pub fn ready_kwh(&self) -> f64 {
        self.ready_frac * self.store_kwh
    }

    /// What is left of a stock after `hours`, kWh; below 0 a cold store is too warm by as much, and only
    /// what is stored gets less by itself.
    pub fn after(&self, stored_kwh: f64, hours: f64) -> f64 {
        if stored_kwh > 0.0 { self.kept_frac(hours) * stored_kwh } else { stored_kwh }
    }

    /// Share of the heat that is still there after `hours`.
    pub fn kept_frac(&self, hours: f64) -> f64 {
        (1.0 - self.loss_frac_per_h).powf(hours)
    }
}

impl Equipment for ThermalStore {
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.positive(format!("{path}.heater_kw"), self.heater_kw);
        faults.positive(format!("{path}.store_kwh"), self.store_kwh);
        faults.within(format!("{path}.daily_kwh"), self.daily_kwh, 0.0, 24.0 * self.heater_kw);
        faults.series(&format!("{path}.typical_share"), &self.typical_share, 24);
        for (name, value) in [
            ("min_frac", self.min_frac),
            ("ready_frac", self.ready_frac),
            ("loss_frac_per_h", self.loss_frac_per_h),
            ("start_frac", self.start_frac),
        ] {
            faults.within(format!("{path}.{name}"), value, 0.0, 1.0);
        }
        for (i, hour) in self.ready_at_h.iter().enumerate() {
            faults.within(format!("{path}.ready_at_h[{i}]"), *hour, 0.0, 24.0);
        }
    }
}
