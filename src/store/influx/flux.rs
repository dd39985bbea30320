//! Questions and tasks in Flux. Every text in them is escaped, and none can answer a null.

use super::line::name;
use super::lines::{COMPLETENESS, DOUBTFUL, EVENT, NOTED, PLAN, PLAN_SUMMARY, Parts};
use chrono::{DateTime, SecondsFormat, Utc};

/// A text as a literal of Flux, as [`name`] writes it: `${` would be taken for an expression.
pub(super) fn text(raw: &str) -> String {
    let mut literal = String::from("\"");
    for c in name(raw).chars() {
        if c == '"' || c == '$' {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('"');
    literal
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Which values: a point of a site in a bucket over a stretch of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which<'a> {
    pub(super) bucket: &'a str,
    pub(super) site: &'a str,
    pub(super) point: Parts<'a>,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
}

impl Which<'_> {
    fn stretch(&self) -> String {
        let (bucket, from, to) = (text(self.bucket), time(self.from), time(self.to));
        format!("from(bucket: {bucket}) |> range(start: {from}, stop: {to})")
    }

    /// Values in the measurement of their kind.
    fn plain(&self) -> String {
        format!(
            "r._measurement == {} and r._field == {} and r.site == {} and r.id == {}",
            text(self.point.kind),
            text(self.point.quantity),
            text(self.site),
            text(self.point.id)
        )
    }

    /// Values in one of the measurements that carry a reason.
    fn with_reason(&self, measurement: &str) -> String {
        format!(
            "r._measurement == {} and r._field == \"value\" and r.site == {} and r.kind == {} \
             and r.id == {} and r.quantity == {}",
            text(measurement),
            text(self.site),
            text(self.point.kind),
            text(self.point.id),
            text(self.point.quantity)
        )
    }

    /// Every value, with its reason where it has one; oldest first, `limit` at most.
    pub(super) fn values(&self, limit: usize) -> String {
        let (stretch, plain) = (self.stretch(), self.plain());
        let (noted, doubtful) = (self.with_reason(NOTED), self.with_reason(DOUBTFUL));
        format!(
            "told = (tables=<-) => tables |> filter(fn: (r) => exists r._value)\n\
             \x20 |> keep(columns: [\"_time\", \"_value\", \"_measurement\", \"reason\"]) |> group()\n\
             plain = {stretch} |> filter(fn: (r) => {plain})\n\
             \x20 |> set(key: \"reason\", value: \"\") |> told()\n\
             noted = {stretch} |> filter(fn: (r) => {noted}) |> told()\n\
             doubtful = {stretch} |> filter(fn: (r) => {doubtful}) |> told()\n\
             union(tables: [plain, noted, doubtful]) |> group()\n\
             \x20 |> sort(columns: [\"_time\"]) |> limit(n: {limit})\n"
        )
    }

    /// Times of values that have a reason, `limit` at most.
    pub(super) fn exceptions(&self, limit: usize) -> String {
        let stretch = self.stretch();
        let (noted, doubtful) = (self.with_reason(NOTED), self.with_reason(DOUBTFUL));
        format!(
            "{stretch} |> filter(fn: (r) => ({noted}) or ({doubtful}))\n\
             \x20 |> filter(fn: (r) => exists r._value)\n\
             \x20 |> keep(columns: [\"_time\", \"_value\", \"reason\"]) |> group()\n\
             \x20 |> limit(n: {limit})\n"
        )
    }

    /// Mean, count, least and largest value by stretches of `step_ms`, counted from 1970.
    pub(super) fn windows(&self, step_ms: i64) -> String {
        let (stretch, plain) = (self.stretch(), self.plain());
        let window = |stat: &str| {
            format!(
                "data |> aggregateWindow(every: {step_ms}ms, fn: {stat}, createEmpty: false, \
                 timeSrc: \"_start\") |> toFloat() |> set(key: \"stat\", value: \"{stat}\")"
            )
        };
        let tables = ["mean", "count", "min", "max"].map(window).join(",\n  ");
        format!(
            "data = {stretch} |> filter(fn: (r) => {plain})\n\
             union(tables: [\n  {tables}])\n\
             \x20 |> filter(fn: (r) => exists r._value)\n\
             \x20 |> keep(columns: [\"_time\", \"_value\", \"stat\"]) |> group()\n"
        )
    }
}

/// Sums a stretch of the raw bucket up by quarters of an hour, and copies what is not summed up.
/// `start` and `stop` are expressions of Flux; the answer is the number of values written.
fn quarters(bucket: &str, start: &str, stop: &str) -> String {
    let (raw, into) = (text(bucket), text(&format!("{bucket}_15min")));
    let single = [EVENT, PLAN_SUMMARY, COMPLETENESS].map(|m| format!("r._measurement == \"{m}\""));
    let mut not_summed = single.to_vec();
    not_summed.extend([DOUBTFUL, NOTED].map(|m| format!("r._measurement == \"{m}\"")));
    let (single, not_summed) = (single.join(" or "), not_summed.join(" or "));
    format!(
        "data = from(bucket: {raw}) |> range(start: {start}, stop: {stop})\n\
         data |> filter(fn: (r) => not ({not_summed}))\n\
         \x20 |> aggregateWindow(every: 15m, fn: mean, createEmpty: false, timeSrc: \"_start\")\n\
         \x20 |> filter(fn: (r) => exists r._value)\n\
         \x20 |> to(bucket: {into})\n\
         \x20 |> count() |> group() |> sum() |> yield(name: \"means\")\n\
         data |> filter(fn: (r) => {single})\n\
         \x20 |> to(bucket: {into})\n\
         \x20 |> count() |> group() |> sum() |> yield(name: \"copies\")\n"
    )
}

/// The same for a stretch that was missed.
pub(super) fn missed_quarters(bucket: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    quarters(bucket, &time(from), &time(to))
}

/// The task that sums up by quarters of an hour: the last hour again each time, for what came late.
pub(super) fn quarters_task(bucket: &str) -> String {
    let name = text(&format!("{bucket}_15min"));
    let body = quarters(bucket, "start", "stop");
    format!(
        "import \"date\"\n\
         option task = {{name: {name}, every: 15m, offset: 1m}}\n\
         stop = date.truncate(t: now(), unit: 15m)\n\
         start = date.sub(d: 1h, from: stop)\n\
         {body}"
    )
}

/// The task that sums up by months: this one and the last again each day.
pub(super) fn months_task(bucket: &str) -> String {
    let (from, into) = (text(&format!("{bucket}_15min")), text(&format!("{bucket}_monthly")));
    let without = [EVENT, PLAN, PLAN_SUMMARY, COMPLETENESS];
    let without = without.map(|m| format!("r._measurement == \"{m}\"")).join(" or ");
    let month = |stat: &str| {
        format!(
            "data |> aggregateWindow(every: 1mo, fn: {stat}, createEmpty: false, timeSrc: \"_start\")\n\
             \x20 |> filter(fn: (r) => exists r._value)\n\
             \x20 |> set(key: \"stat\", value: \"{stat}\") |> to(bucket: {into}) |> yield(name: \"{stat}\")\n"
        )
    };
    format!(
        "import \"date\"\n\
         option task = {{name: {into}, cron: \"30 2 * * *\"}}\n\
         month = date.truncate(t: now(), unit: 1mo)\n\
         data = from(bucket: {from}) |> range(start: date.sub(d: 1mo, from: month))\n\
         \x20 |> filter(fn: (r) => not ({without}))\n\
         {}",
        ["mean", "min", "max"].map(month).concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_break_out_of_its_literal() {
        assert_eq!(text("a\"b"), r#""a\"b""#);
        assert_eq!(text("${x} \\ \n"), r#""\${x} /  ""#);
    }
}
