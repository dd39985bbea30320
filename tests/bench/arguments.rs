//! What to measure: names of groups, and flags that choose among the cases of a group.

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    groups: Vec<String>,
    camps: Vec<String>,
    horizons_h: Vec<u32>,
    days: Vec<String>,
    /// Leave HiGHS alone out.
    pub(crate) no_reference: bool,
    /// Longest time of one solve by the clock, s.
    pub(crate) limit_s: Option<f64>,
}

impl Arguments {
    /// Reads the words after the program's name.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut found = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word}: its value is missing"));
            match word.as_str() {
                // What cargo itself adds.
                "--bench" => {}
                "--camp" => found.camps.push(value()?),
                "--horizon" => {
                    let hours = value()?;
                    let hours = hours.parse().map_err(|_| format!("--horizon {hours}: hours"))?;
                    found.horizons_h.push(hours);
                }
                "--limit" => {
                    let limit_s = value()?;
                    let limit_s = limit_s.parse().map_err(|_| format!("--limit {limit_s}: s"))?;
                    found.limit_s = Some(limit_s);
                }
                "--day" => found.days.push(value()?),
                "--seed" => found.days.push(format!("seed-{}", value()?)),
                "--no-reference" => found.no_reference = true,
                _ if word.starts_with('-') => {
                    return Err(format!(
                        "{word}: known are --camp, --horizon, --day, --seed, --limit, --no-reference"
                    ));
                }
                _ => found.groups.push(word),
            }
        }
        Ok(found)
    }

    /// Whether a group is wanted: all are where none is named, and `fast` alone where its cases are
    /// chosen from.
    pub(crate) fn wants(&self, group: &str) -> bool {
        let chooses =
            !(self.camps.is_empty() && self.horizons_h.is_empty() && self.days.is_empty());
        match (self.groups.is_empty(), chooses || self.no_reference) {
            (true, false) => true,
            (true, true) => group == "fast",
            (false, _) => self.names(group),
        }
    }

    /// Whether a group is named.
    pub(crate) fn names(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }

    /// Whether a camp in a variant is wanted; `--camp medium` wants every variant.
    pub(crate) fn wants_camp(&self, camp: &str, variant: &str) -> bool {
        let name = format!("{camp}-{variant}");
        self.camps.is_empty() || self.camps.iter().any(|c| c == camp || *c == name)
    }

    pub(crate) fn wants_horizon(&self, hours: u32) -> bool {
        self.horizons_h.is_empty() || self.horizons_h.contains(&hours)
    }

    pub(crate) fn wants_day(&self, day: &str) -> bool {
        self.days.is_empty() || self.days.iter().any(|d| d == day)
    }
}
