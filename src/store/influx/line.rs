//! Line protocol: one line a point and time.
//!
//! <https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>

use std::fmt::Write;

/// A line under construction.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    fields: usize,
}

/// A name as it stands in the database. Control characters cannot be written, and a backslash before a
/// delimiter cannot be told from an escape: both are replaced, in writing and in asking alike.
pub(super) fn name(text: &str) -> String {
    let lawful = |c: char| match c {
        '\\' => '/',
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(lawful).collect()
}

/// Appends a name with its delimiters escaped.
fn escape(into: &mut String, text: &str, delimiters: &[char]) {
    for c in name(text).chars() {
        if delimiters.contains(&c) {
            into.push('\\');
        }
        into.push(c);
    }
}

impl Line {
    /// Measurement and tags; a tag without a value is left out, for the server refuses it.
    pub(super) fn new(measurement: &str, tags: &[(&str, &str)]) -> Self {
        let mut text = String::with_capacity(96);
        escape(&mut text, measurement, &[',', ' ']);
        for (key, value) in tags.iter().filter(|(_, value)| !value.is_empty()) {
            text.push(',');
            escape(&mut text, key, &[',', ' ', '=']);
            text.push('=');
            escape(&mut text, value, &[',', ' ', '=']);
        }
        Self { text, fields: 0 }
    }

    fn key(&mut self, key: &str) {
        self.text.push(if self.fields == 0 { ' ' } else { ',' });
        self.fields += 1;
        escape(&mut self.text, key, &[',', ' ', '=']);
        self.text.push('=');
    }

    /// Adds a number, always a float: a field has one type for ever. What is no number is left out.
    pub(super) fn number(&mut self, key: &str, value: f64) {
        if value.is_finite() {
            self.key(key);
            // Writing to a string cannot fail.
            let _written = write!(self.text, "{value}").is_ok();
        }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.text.push('"');
        for c in value.chars() {
            if c == '"' || c == '\\' {
                self.text.push('\\');
            }
            // A line stays one line.
            self.text.push(if c.is_control() { ' ' } else { c });
        }
        self.text.push('"');
    }

    /// The line, or none where it has no field.
    pub(super) fn at(mut self, time_ms: i64) -> Option<String> {
        if self.fields == 0 {
            return None;
        }
        let _written = write!(self.text, " {time_ms}").is_ok();
        Some(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_numbers_are_floats() {
        let mut line =
            Line::new("gen set,a", &[("site", "my camp"), ("id", "g=1,b"), ("asset", "")]);
        line.number("power kw", 1.5);
        line.number("nothing", f64::NAN);
        line.number("run_hours_h", 3.0);
        let right = r"gen\ set\,a,site=my\ camp,id=g\=1\,b power\ kw=1.5,run_hours_h=3 1700";
        assert_eq!(line.at(1700).unwrap(), right);
    }

    #[test]
    fn texts_cannot_break_out_of_a_line() {
        let mut line = Line::new("event", &[("what", "a\\"), ("site", "x\ny")]);
        line.text("text", "say \"no\" \\ and\nthen");
        assert_eq!(
            line.at(5).unwrap(),
            r#"event,what=a/,site=x\ y text="say \"no\" \\ and then" 5"#
        );
    }

    #[test]
    fn a_line_without_a_field_is_none() {
        let mut line = Line::new("tank", &[("id", "raw")]);
        line.number("level_m3", f64::INFINITY);
        assert_eq!(line.at(5), None);
    }
}
