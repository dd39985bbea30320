//! Units of devices, and the way from them to the unit in a point's name.

/// What a unit measures. Everything is brought to one unit of it first: kW, kWh, the whole as 1,
/// m3, m3/h, h, degrees Celsius.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Power,
    Energy,
    Share,
    Volume,
    Flow,
    Time,
    Temperature,
    Flag,
    Count,
}

/// A unit in which a device may speak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    word: &'static str,
    dimension: Dimension,
    scale: f64,
    offset: f64,
}

const fn unit(word: &'static str, dimension: Dimension, scale: f64) -> Unit {
    Unit { word, dimension, scale, offset: 0.0 }
}

impl Unit {
    /// Watts.
    pub const W: Self = unit("W", Dimension::Power, 1e-3);
    /// Kilowatt-hours.
    pub const KWH: Self = unit("kWh", Dimension::Energy, 1.0);
    /// Hundredths.
    pub const PERCENT: Self = unit("%", Dimension::Share, 0.01);
    /// Cubic metres.
    pub const M3: Self = unit("m3", Dimension::Volume, 1.0);
    /// Seconds.
    pub const SECOND: Self = unit("s", Dimension::Time, 1.0 / 3600.0);
    /// Degrees Celsius.
    pub const CELSIUS: Self = unit("C", Dimension::Temperature, 1.0);
    /// 0 or 1.
    pub const FLAG: Self = unit("flag", Dimension::Flag, 1.0);

    /// Every unit.
    const ALL: [Self; 25] = [
        Self::W,
        unit("kW", Dimension::Power, 1.0),
        unit("MW", Dimension::Power, 1e3),
        unit("Wh", Dimension::Energy, 1e-3),
        Self::KWH,
        unit("MWh", Dimension::Energy, 1e3),
        Self::PERCENT,
        unit("frac", Dimension::Share, 1.0),
        unit("mL", Dimension::Volume, 1e-6),
        unit("L", Dimension::Volume, 1e-3),
        Self::M3,
        unit("L/s", Dimension::Flow, 3.6),
        unit("L/min", Dimension::Flow, 0.06),
        unit("L/h", Dimension::Flow, 1e-3),
        unit("m3/h", Dimension::Flow, 1.0),
        unit("m3/s", Dimension::Flow, 3600.0),
        Self::SECOND,
        unit("min", Dimension::Time, 1.0 / 60.0),
        unit("h", Dimension::Time, 1.0),
        unit("d", Dimension::Time, 24.0),
        Self::CELSIUS,
        Self {
            word: "F",
            dimension: Dimension::Temperature,
            scale: 5.0 / 9.0,
            offset: -160.0 / 9.0,
        },
        Self { word: "K", dimension: Dimension::Temperature, scale: 1.0, offset: -273.15 },
        Self::FLAG,
        unit("count", Dimension::Count, 1.0),
    ];

    /// The unit of a word, as a site file writes it.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.word == word)
    }

    /// Every word.
    pub fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|u| u.word).collect()
    }

    /// The word of it.
    pub fn word(self) -> &'static str {
        self.word
    }

    /// The way from this unit to that of a point's quantity, if there is one. A share becomes a level
    /// where `capacity` tells what the whole is, in the point's unit.
    pub fn to(self, quantity: &str, capacity: Option<f64>) -> Option<Conversion> {
        let (dimension, factor) = wanted(quantity);
        if self.dimension == dimension {
            let (scale, offset) = (self.scale * factor, self.offset * factor);
            return Some(Conversion { scale, offset });
        }
        let is_level = self.dimension == Dimension::Share && dimension == Dimension::Volume;
        let whole = capacity.filter(|_| is_level)?;
        Some(Conversion { scale: self.scale * whole, offset: 0.0 })
    }
}

/// What a point's quantity measures, and its unit's size in that of the dimension.
fn wanted(quantity: &str) -> (Dimension, f64) {
    // The longer endings first: `_m3_per_h` also ends in `_h`.
    let endings = [
        ("_l_per_h", Dimension::Flow, 1e3),
        ("_m3_per_h", Dimension::Flow, 1.0),
        ("_kwh", Dimension::Energy, 1.0),
        ("_kw", Dimension::Power, 1.0),
        ("_frac", Dimension::Share, 1.0),
        ("_m3", Dimension::Volume, 1.0),
        ("_l", Dimension::Volume, 1e3),
        ("_h", Dimension::Time, 1.0),
        ("_c", Dimension::Temperature, 1.0),
    ];
    if quantity.starts_with("is_") {
        return (Dimension::Flag, 1.0);
    }
    let found = endings.into_iter().find(|(ending, ..)| quantity.ends_with(ending));
    found.map_or((Dimension::Count, 1.0), |(_, dimension, factor)| (dimension, factor))
}

/// A straight line from a device's number to ours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    scale: f64,
    offset: f64,
}

impl Conversion {
    /// A line of its own.
    pub fn new(scale: f64, offset: f64) -> Self {
        Self { scale, offset }
    }

    /// This line and then another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self { scale: self.scale * next.scale, offset: self.offset * next.scale + next.offset }
    }

    /// Our number.
    pub fn apply(self, value: f64) -> f64 {
        self.scale * value + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_arrive_in_the_unit_of_the_point() {
        let cases = [
            ("W", 1500.0, "power_kw", 1.5),
            ("MW", 0.2, "demand_kw", 200.0),
            ("Wh", 2500.0, "energy_kwh", 2.5),
            ("%", 81.0, "state_of_charge_frac", 0.81),
            ("L", 1250.0, "level_m3", 1.25),
            ("m3", 0.13, "level_l", 130.0),
            ("L/s", 2.0, "flow_m3_per_h", 7.2),
            ("L/min", 0.5, "fuel_l_per_h", 30.0),
            ("s", 1_261_620.0, "run_hours_h", 350.45),
            ("F", 95.0, "temperature_c", 35.0),
            ("K", 300.15, "temperature_c", 27.0),
            ("flag", 1.0, "is_running", 1.0),
            ("count", 3.0, "done_today", 3.0),
        ];
        for (word, told, quantity, wanted) in cases {
            let line = Unit::of(word).unwrap().to(quantity, None).unwrap();
            let found = line.apply(told);
            assert!((found - wanted).abs() < 1e-9, "{told} {word} as {quantity}: {found}");
        }
    }

    #[test]
    fn units_that_do_not_fit_have_no_way() {
        assert_eq!(Unit::W.to("energy_kwh", None), None);
        assert_eq!(Unit::PERCENT.to("level_m3", None), None);
        assert_eq!(Unit::of("kw"), None, "letters count: kW");
        let level = Unit::PERCENT.to("level_m3", Some(20.0)).unwrap();
        assert!((level.apply(40.0) - 8.0).abs() < 1e-12);
    }

    #[test]
    fn lines_follow_each_other() {
        let line = Conversion::new(2.0, 1.0).then(Conversion::new(10.0, -5.0));
        assert!((line.apply(3.0) - 65.0).abs() < 1e-12);
    }
}
