//! Shortfalls of service: their classes, units, ranking and prices.
//!
//! Hardware limits never give. Service levels do, in the site's ranking, and each shortfall is
//! declared in the plan. This file is the one table of their prices.

use crate::fault::Faults;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What a plan may fall short of. The default ranking is that of [`Ranking::default`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ShortfallClass {
    /// Energy not served to tier T0 (operating theatre, fire pump, emergency comms), kWh.
    LoadT0,
    /// Energy not served to tier T1 (hospital, comms, perimeter, command post), kWh.
    LoadT1,
    /// Energy not served to tier T2 (kitchens, wells, offices), kWh.
    LoadT2,
    /// Energy not served to tier T3 (accommodation, hot water, laundry), kWh.
    LoadT3,
    /// Water in a tank below its fire, operating or suction floor, times the time: m3·h.
    TankFloor,
    /// Energy in a battery below its window, times the time: kWh·h.
    BatteryFloor,
    /// Water not delivered at the taps, or a day's drinking water not made, m3.
    Water,
    /// Operating reserve not carried, times the time: kWh.
    Reserve,
    /// Running sets below their minimum load, times the time: kWh.
    MinimumLoad,
    /// T0 and T1 that the loss of the largest source would drop, times the time: kWh.
    SecurityCritical,
    /// Load of any tier that the loss of the largest source would drop, in the hours for which the
    /// site asks that none does, times the time: kWh.
    SecurityFull,
    /// Sets that run beyond those which quiet hours allow, times the time: set·h.
    QuietHours,
    /// Heat missing in a thermal store at its hour, or below its least, times the time: kWh·h.
    Heat,
    /// Cold missing in a cold store, times the time: kWh·h of electricity.
    Cold,
    /// Aeration missing, or wastewater that the equalisation tank cannot take, m3.
    Wastewater,
    /// Mean load of the running hours of 24 h above the share of prime that the maker allows, kWh.
    MeanLoad,
    /// Starts beyond those of a day, of a set or of a treatment line.
    Starts,
    /// Hours by which a burn-off is late that is owed after long running at low load, h.
    BurnOff,
    /// Running hours beyond a service that was due, h.
    Service,
    /// Energy missing in a battery at the end of the horizon, kWh.
    EndStockBattery,
    /// Water missing in a tank at the end of the horizon, m3.
    EndStockTank,
    /// Heat missing in a thermal store at the end of the horizon, kWh.
    EndStockHeat,
}

impl ShortfallClass {
    /// Every class.
    pub const ALL: [Self; 22] = [
        Self::LoadT0,
        Self::LoadT1,
        Self::LoadT2,
        Self::LoadT3,
        Self::TankFloor,
        Self::BatteryFloor,
        Self::Water,
        Self::Reserve,
        Self::MinimumLoad,
        Self::SecurityCritical,
        Self::SecurityFull,
        Self::QuietHours,
        Self::Heat,
        Self::Cold,
        Self::Wastewater,
        Self::MeanLoad,
        Self::Starts,
        Self::BurnOff,
        Self::Service,
        Self::EndStockBattery,
        Self::EndStockTank,
        Self::EndStockHeat,
    ];

    /// The name used in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoadT0 => "load_t0",
            Self::LoadT1 => "load_t1",
            Self::LoadT2 => "load_t2",
            Self::LoadT3 => "load_t3",
            Self::TankFloor => "tank_floor",
            Self::BatteryFloor => "battery_floor",
            Self::Water => "water",
            Self::Reserve => "reserve",
            Self::MinimumLoad => "minimum_load",
            Self::EndStockBattery => "end_stock_battery",
            Self::SecurityCritical => "security_critical",
            Self::SecurityFull => "security_full",
            Self::QuietHours => "quiet_hours",
            Self::Heat => "heat",
            Self::Cold => "cold",
            Self::Wastewater => "wastewater",
            Self::MeanLoad => "mean_load",
            Self::Starts => "starts",
            Self::BurnOff => "burn_off",
            Self::Service => "service",
            Self::EndStockTank => "end_stock_tank",
            Self::EndStockHeat => "end_stock_heat",
        }
    }

    /// The unit of a total of this class.
    pub fn unit(self) -> &'static str {
        match self {
            Self::TankFloor => "m3·h",
            Self::BatteryFloor | Self::Heat | Self::Cold => "kWh·h",
            Self::Water | Self::Wastewater | Self::EndStockTank => "m3",
            Self::QuietHours => "set·h",
            Self::Starts => "starts",
            Self::BurnOff | Self::Service => "h",
            Self::LoadT0
            | Self::LoadT1
            | Self::LoadT2
            | Self::LoadT3
            | Self::Reserve
            | Self::SecurityCritical
            | Self::SecurityFull
            | Self::MinimumLoad
            | Self::MeanLoad
            | Self::EndStockBattery
            | Self::EndStockHeat => "kWh",
        }
    }

    /// Weight within its rank: T0 goes ten times as dear as what shares its rank.
    fn weight(self) -> f64 {
        if self == Self::LoadT0 { 10.0 } else { 1.0 }
    }
}

impl fmt::Display for ShortfallClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The order in which service levels give, the last first. Classes of one rank share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// Ranks from the most protected to the least; each class stands in exactly one.
    pub order: Vec<Vec<ShortfallClass>>,
}

impl Default for Ranking {
    /// The default order for camps: T0 and T1; floors of tanks; N-1 for T0 and T1; T2, cold and water;
    /// operating reserve; quiet hours; T3; N-1 for all load, and the window of batteries; what sets
    /// ask for; end stocks. A battery below its window ranks below every load: none is shed to fill
    /// it.
    fn default() -> Self {
        use ShortfallClass as C;
        Self {
            order: vec![
                vec![C::LoadT0, C::LoadT1],
                vec![C::TankFloor],
                vec![C::SecurityCritical],
                vec![C::LoadT2, C::Cold, C::Water, C::Wastewater],
                vec![C::Reserve],
                vec![C::QuietHours],
                vec![C::LoadT3, C::Heat],
                vec![C::SecurityFull, C::BatteryFloor],
                vec![C::MinimumLoad, C::MeanLoad, C::Starts, C::BurnOff, C::Service],
                vec![C::EndStockBattery, C::EndStockTank, C::EndStockHeat],
            ],
        }
    }
}

impl Ranking {
    /// Price of one unit of a class, as a multiple of the site's dearest kWh: ten for the last rank
    /// and ten times more for each rank above it. So the cheapest shortfall costs ten times the
    /// dearest kWh, whatever the fuel price.
    pub fn multiple_of_dearest_kwh(&self, class: ShortfallClass) -> f64 {
        let above_last = self
            .order
            .iter()
            .rev()
            .position(|rank| rank.contains(&class))
            .unwrap_or(self.order.len());
        (1..=above_last).fold(10.0, |price, _| price * 10.0) * class.weight()
    }

    /// Adds every fault of the ranking. `cold` need not be named where no store holds any: files from
    /// before there were cold stores stay good.
    pub fn check(&self, holds_cold: bool, faults: &mut Faults) {
        for (i, _) in self.order.iter().enumerate().filter(|(_, rank)| rank.is_empty()) {
            faults.add(format!("ranking.order[{i}]"), "[]", "must name at least one class");
        }
        for class in ShortfallClass::ALL {
            let count = self.order.iter().flatten().filter(|c| **c == class).count();
            let may_be_left_out = class == ShortfallClass::Cold && !holds_cold;
            if count != 1 && !(may_be_left_out && count == 0) {
                faults.add("ranking.order", class, "must stand in exactly one rank");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_shortfall_costs_ten_of_the_dearest_kwh() {
        let ranking = Ranking::default();
        let cheapest = ShortfallClass::ALL
            .into_iter()
            .map(|c| ranking.multiple_of_dearest_kwh(c))
            .fold(f64::INFINITY, f64::min);
        assert!((cheapest - 10.0).abs() < 1e-12);
        assert!(
            ranking.multiple_of_dearest_kwh(ShortfallClass::LoadT0)
                > ranking.multiple_of_dearest_kwh(ShortfallClass::LoadT1)
        );
    }

    #[test]
    fn a_ranking_names_each_class_once() {
        let mut ranking = Ranking::default();
        ranking.order[0].pop();
        ranking.order[4].push(ShortfallClass::Water);
        let mut faults = Faults::new();
        ranking.order[3].retain(|class| *class != ShortfallClass::Cold);
        ranking.check(false, &mut faults);
        let values: Vec<_> = faults.into_vec().into_iter().map(|f| f.value).collect();
        assert_eq!(values, ["load_t1", "water"]);
        let mut faults = Faults::new();
        ranking.check(true, &mut faults);
        assert!(faults.into_vec().iter().any(|f| f.value == "cold"));
    }
}
