//! Topics of sources: fixed, or with `+` where devices differ.

use std::fmt;

/// Longest topic, bytes.
const MOST_BYTES: usize = 200;
/// Most `+` of a topic.
const MOST_PLACES: usize = 3;

/// A topic in which a level may be `+`: any one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPattern {
    levels: Vec<String>,
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.levels.join("/"))
    }
}

impl TopicPattern {
    /// Reads a pattern; the rule that it breaks, where it does.
    pub fn parse(text: &str) -> Result<Self, String> {
        let levels: Vec<String> = text.split('/').map(ToOwned::to_owned).collect();
        let places = levels.iter().filter(|l| *l == "+").count();
        if text.is_empty() || text.len() > MOST_BYTES {
            return Err(format!("must have 1 to {MOST_BYTES} bytes"));
        }
        if text.contains('#') {
            return Err("must not contain #: name the levels, with + where devices differ".into());
        }
        if levels.iter().any(|l| l.contains('+') && l != "+") || places > MOST_PLACES {
            return Err(format!("+ stands for a whole level, {MOST_PLACES} times at most"));
        }
        if levels.first().is_some_and(|l| l == "+" || l.starts_with('$')) {
            return Err("must begin with a name, not with + or $".into());
        }
        if text.chars().any(char::is_control) {
            return Err("must not contain control characters".into());
        }
        Ok(Self { levels })
    }

    /// How many levels are `+`.
    pub fn places(&self) -> usize {
        self.levels.iter().filter(|l| *l == "+").count()
    }

    /// What stands in the places of `+` in a topic of this pattern, joined by `/`.
    pub fn device(&self, topic: &str) -> Option<String> {
        let mut levels = topic.split('/');
        let mut found = Vec::new();
        for wanted in &self.levels {
            let level = levels.next()?;
            if wanted == "+" {
                found.push(level);
            } else if wanted != level {
                return None;
            }
        }
        levels.next().is_none().then(|| found.join("/"))
    }

    /// Whether there is a topic of both patterns.
    pub fn overlaps(&self, other: &Self) -> bool {
        let pairs = self.levels.iter().zip(&other.levels);
        self.levels.len() == other.levels.len()
            && pairs.into_iter().all(|(a, b)| a == b || a == "+" || b == "+")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_tells_which_device_spoke() {
        let pattern = TopicPattern::parse("tele/+/SENSOR").unwrap();
        assert_eq!(pattern.device("tele/clinic/SENSOR").as_deref(), Some("clinic"));
        assert_eq!(pattern.device("tele/clinic/STATE"), None);
        assert_eq!(pattern.device("tele/clinic/SENSOR/more"), None);
        assert_eq!(pattern.device("tele/clinic"), None);
        let fixed = TopicPattern::parse("shellypro3em/status/em:0").unwrap();
        assert_eq!(fixed.device("shellypro3em/status/em:0").as_deref(), Some(""));
    }

    #[test]
    fn overlaps_are_seen() {
        let of = |text| TopicPattern::parse(text).unwrap();
        assert!(of("tele/+/SENSOR").overlaps(&of("tele/clinic/SENSOR")));
        assert!(of("a/+/c").overlaps(&of("a/b/+")));
        assert!(!of("a/+/c").overlaps(&of("a/b/d")) && !of("a/b").overlaps(&of("a/b/c")));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let long = "x".repeat(201);
        for text in ["", "a/#", "a/b+", "+/a", "$SYS/a", "a/+/+/+/+", "a\u{0}b", &long] {
            assert!(TopicPattern::parse(text).is_err(), "{text}");
        }
    }
}
