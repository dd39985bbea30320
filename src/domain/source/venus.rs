//! What the paths of Victron's Venus OS mean: unit, coding and sign, by the service's own kind.
//!
//! Paths, units and signs as Victron documents them for D-Bus, and as its recordings show them.
//! Power is in W, positive into the battery for DC and into the device for AC in; shares are in
//! percent, tanks in m3, run times in seconds.

use super::unit::Unit;

/// How a number of a path is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coding {
    /// As it stands.
    Plain,
    /// As it stands, positive into the battery.
    IntoBattery,
    /// A code: 1 for those that are listed, 0 for others.
    OneOf(&'static [i64]),
}

/// What a path means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning {
    /// Its unit.
    pub unit: Unit,
    /// How it is read.
    pub coding: Coding,
}

/// Codes of `StatusCode` with which a genset counts as running: 8. 1 to 7 is starting up, 9 stopping.
const GENSET_RUNS: &[i64] = &[8];
/// Codes of `State` with which a start/stop relay's set runs: running, warming up, cooling down.
const RELAY_RUNS: &[i64] = &[1, 2, 3];

const fn plain(unit: Unit) -> Meaning {
    Meaning { unit, coding: Coding::Plain }
}
const fn battery(unit: Unit) -> Meaning {
    Meaning { unit, coding: Coding::IntoBattery }
}
const fn runs(codes: &'static [i64]) -> Meaning {
    Meaning { unit: Unit::FLAG, coding: Coding::OneOf(codes) }
}

/// Kinds of service, separated by a blank, their path with `#` for a number, and what it means.
const PATHS: &[(&str, &str, Meaning)] = &[
    ("battery vebus multi", "Soc", plain(Unit::PERCENT)),
    ("battery vebus multi", "Dc/#/Power", battery(Unit::W)),
    ("battery vebus", "Dc/#/Temperature", plain(Unit::CELSIUS)),
    ("battery", "History/ChargedEnergy", plain(Unit::KWH)),
    ("battery", "History/DischargedEnergy", plain(Unit::KWH)),
    ("solarcharger multi", "Yield/Power", plain(Unit::W)),
    ("solarcharger multi", "Yield/User", plain(Unit::KWH)),
    ("solarcharger multi", "Yield/System", plain(Unit::KWH)),
    ("pvinverter grid acload genset evcharger", "Ac/Power", plain(Unit::W)),
    ("pvinverter grid acload genset", "Ac/L#/Power", plain(Unit::W)),
    ("pvinverter grid acload genset", "Ac/Energy/Forward", plain(Unit::KWH)),
    ("grid acload", "Ac/Energy/Reverse", plain(Unit::KWH)),
    ("pvinverter grid acload", "Ac/L#/Energy/Forward", plain(Unit::KWH)),
    ("vebus", "Ac/Out/P", plain(Unit::W)),
    ("vebus inverter multi", "Ac/Out/L#/P", plain(Unit::W)),
    ("vebus", "Ac/ActiveIn/P", plain(Unit::W)),
    ("vebus", "Ac/ActiveIn/L#/P", plain(Unit::W)),
    ("multi", "Ac/In/#/L#/P", plain(Unit::W)),
    ("genset dcgenset", "StatusCode", runs(GENSET_RUNS)),
    ("genset dcgenset", "RemoteStartModeEnabled", plain(Unit::FLAG)),
    ("genset dcgenset", "Engine/OperatingHours", plain(Unit::SECOND)),
    ("dcgenset", "Dc/#/Power", plain(Unit::W)),
    ("generator", "State", runs(RELAY_RUNS)),
    ("generator", "AccumulatedRuntime", plain(Unit::SECOND)),
    ("tank", "Remaining", plain(Unit::M3)),
    ("tank", "Level", plain(Unit::PERCENT)),
    ("temperature tank", "Temperature", plain(Unit::CELSIUS)),
    ("meteo", "ExternalTemperature", plain(Unit::CELSIUS)),
    ("system", "Ac/Consumption/L#/Power", plain(Unit::W)),
    ("system", "Ac/ConsumptionOnOutput/L#/Power", plain(Unit::W)),
    ("system", "Ac/ConsumptionOnInput/L#/Power", plain(Unit::W)),
    ("system", "Ac/PvOnOutput/L#/Power", plain(Unit::W)),
    ("system", "Ac/PvOnGenset/L#/Power", plain(Unit::W)),
    ("system", "Ac/Genset/L#/Power", plain(Unit::W)),
    ("system", "Dc/Pv/Power", plain(Unit::W)),
    ("system", "Dc/System/Power", plain(Unit::W)),
    ("system", "Dc/Battery/Power", battery(Unit::W)),
    ("system", "Dc/Battery/Soc", plain(Unit::PERCENT)),
];

/// What `service/instance/path` means, if it is known.
pub fn meaning(path: &str) -> Option<Meaning> {
    let (service, rest) = path.split_once('/')?;
    let (instance, rest) = rest.split_once('/')?;
    if instance.is_empty() || !instance.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let known = PATHS.iter().find(|(services, pattern, _)| {
        services.split(' ').any(|s| s == service) && fits(pattern, rest)
    });
    known.map(|(.., meaning)| *meaning)
}

/// Whether a path is of a pattern: level by level, `#` standing for a number.
fn fits(pattern: &str, path: &str) -> bool {
    let mut levels = path.split('/');
    let all = pattern.split('/').all(|wanted| {
        let Some(level) = levels.next() else { return false };
        match wanted.strip_suffix('#') {
            None => level == wanted,
            Some(before) => level.strip_prefix(before).is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
            }),
        }
    });
    all && levels.next().is_none()
}

/// The paths that a kind of service has, for the word of a fault.
pub fn paths_of(service: &str) -> Vec<&'static str> {
    let of = |services: &str| services.split(' ').any(|s| s == service);
    PATHS.iter().filter(|(services, ..)| of(services)).map(|(_, path, _)| *path).collect()
}

/// Every kind of service, for the word of a fault.
pub fn services() -> Vec<&'static str> {
    let mut all: Vec<_> = PATHS.iter().flat_map(|(services, ..)| services.split(' ')).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_by_service_instance_and_level() {
        assert_eq!(meaning("battery/256/Soc"), Some(plain(Unit::PERCENT)));
        assert_eq!(meaning("battery/256/Dc/0/Power"), Some(battery(Unit::W)));
        assert_eq!(meaning("genset/0/Ac/L3/Power"), Some(plain(Unit::W)));
        assert_eq!(meaning("genset/0/StatusCode"), Some(runs(GENSET_RUNS)));
        for none in [
            "battery/256/Voltage",
            "battery/Soc",
            "battery/x/Soc",
            "battery//Soc",
            "genset/0/Ac/L/Power",
            "genset/0/Ac/L1/Power/More",
            "genset/0/Ac",
            "toaster/0/Soc",
            "Soc",
            "",
        ] {
            assert_eq!(meaning(none), None, "{none}");
        }
        assert!(paths_of("tank").contains(&"Remaining") && services().contains(&"vebus"));
    }
}
