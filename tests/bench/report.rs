//! The table that is printed.

/// Whether a figure is to be at most or at least what was asked.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    AtMost(f64),
    AtLeast(f64),
    /// For information.
    Nothing,
}

struct Row {
    what: String,
    value: String,
    asked: String,
    reference: String,
    reached: bool,
}

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

fn shown(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

impl Report {
    /// Adds a figure and prints it at once; `reference` says what to compare it with.
    pub(crate) fn add(
        &mut self,
        what: &str,
        value: f64,
        unit: &str,
        asked: Asked,
        reference: &str,
    ) {
        let (asked, reached) = match asked {
            Asked::AtMost(most) => (format!("<= {} {unit}", shown(most)), value <= most),
            Asked::AtLeast(least) => (format!(">= {} {unit}", shown(least)), value >= least),
            Asked::Nothing => (String::new(), true),
        };
        let value = format!("{} {unit}", shown(value));
        println!("  {what}: {value}");
        let (what, reference) = (what.to_owned(), reference.to_owned());
        self.rows.push(Row { what, value, asked, reference, reached });
    }

    /// A figure that could not be measured here.
    pub(crate) fn skip(&mut self, what: &str, why: &str) {
        println!("  SKIPPED {what}: {why}");
        let (what, reference) = (what.to_owned(), format!("SKIPPED: {why}"));
        let (value, asked) = (String::new(), String::new());
        self.rows.push(Row { what, value, asked, reference, reached: true });
    }

    pub(crate) fn all_reached(&self) -> bool {
        self.rows.iter().all(|row| row.reached)
    }

    /// Figures that could not be measured here.
    fn skipped(&self) -> usize {
        self.rows.iter().filter(|row| row.reference.starts_with("SKIPPED")).count()
    }

    pub(crate) fn print(&self) {
        println!(
            "\n| what | measured | asked | | reference in the same run |\n|---|---|---|---|---|"
        );
        for row in &self.rows {
            let word = match (row.asked.is_empty(), row.reached) {
                (true, _) => "",
                (false, true) => "reached",
                (false, false) => "NOT REACHED",
            };
            println!(
                "| {} | {} | {} | {word} | {} |",
                row.what, row.value, row.asked, row.reference
            );
        }
        if self.skipped() > 0 {
            println!("\n{} figure(s) were not measured here", self.skipped());
        }
    }
}
