//! Counters and gauges, with their Prometheus names in one place.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

/// A reason, as a label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    /// In one word.
    pub reason: String,
}

/// A gauge that holds any number.
pub type Number = Gauge<f64, AtomicU64>;

macro_rules! metrics {
    ($($field:ident: $Type:ty = $name:literal, $help:literal;)*) => {
        /// Every counter and gauge of the service.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $(#[doc = $help] pub $field: $Type,)*
        }

        impl Default for Metrics {
            fn default() -> Self {
                let mut registry = Registry::with_prefix("smartcamp");
                $(
                    let $field = <$Type>::default();
                    registry.register($name, $help, $field.clone());
                )*
                Self { registry, $($field,)* }
            }
        }

        /// Name and meaning of every metric, without the prefix `smartcamp_`.
        pub const METRICS: &[(&str, &str)] = &[$(($name, $help),)*];
    };
}

metrics! {
    messages: Counter = "messages", "MQTT messages received";
    messages_dropped: Counter = "messages_dropped", "QoS 0 messages dropped because the queue was full";
    readings: Counter = "readings", "Readings made durable";
    readings_suspect: Counter = "readings_suspect", "Readings kept as suspect";
    readings_acquitted: Counter = "readings_acquitted", "Readings that were suspect and are not any more";
    readings_substituted: Counter = "readings_substituted", "Values found from other meters in place of doubted ones";
    readings_reason: Family<Reason, Counter> = "readings_reason", "Readings kept with a reason, by reason";
    readings_repeated: Counter = "readings_repeated", "Readings that repeated the last one of their point";
    rejects: Family<Reason, Counter> = "rejects", "Values or messages refused, by reason";
    absences: Family<Reason, Counter> = "absences", "Values that a device said it does not have, and devices that went away";
    commits: Counter = "commits", "Durable commits of readings";
    acknowledged: Counter = "acknowledged", "Messages acknowledged to the broker after their commit";
    broker_connected: Gauge = "broker_connected", "1 while connected to the broker";
    broker_connects: Counter = "broker_connects", "Connections made to the broker";
    plans: Family<Reason, Counter> = "plans", "Plans made, by verdict";
    planning: Gauge = "planning", "1 while a plan is being made";
    plan_seconds: Number = "plan_seconds", "Seconds that the last plan took";
    plan_gap_frac: Number = "plan_gap_frac", "Gap of the current plan";
    plan_fuel_l: Number = "plan_fuel_l", "Litres of the current plan over its horizon";
    plan_saved_l: Number = "plan_saved_l", "Litres that the current plan saves against the rule-based plan on the same forecast";
    saved_l: Number = "saved_l", "Litres saved yesterday against the baseline of the reports; NaN where none are claimed";
    saved_band_l: Number = "saved_band_l", "Half of the 90 % band of the litres saved yesterday";
    influxdb_reached: Gauge = "influxdb_reached", "1 while InfluxDB does what it is asked";
    influxdb_waiting: Gauge = "influxdb_waiting", "Values and notes that wait for InfluxDB";
    influxdb_sent: Counter = "influxdb_sent", "Values sent to InfluxDB";
    influxdb_refused: Counter = "influxdb_refused", "Lines that InfluxDB refused, set aside";
    influxdb_expired: Counter = "influxdb_expired", "Values older than InfluxDB keeps them, not sent";
    instructions: Counter = "instructions", "New instructions sent to controllers";
    instructions_rejected: Counter = "instructions_rejected", "Instructions that controllers refused or did not answer";
    alarms_raised: Counter = "alarms_raised", "Alarms raised";
}

impl Metrics {
    /// Counts a reject.
    pub fn reject(&self, reason: &str, count: u64) {
        self.rejects.get_or_create(&Reason { reason: reason.to_owned() }).inc_by(count);
    }

    /// Counts a value that a device said it does not have.
    pub fn absence(&self, word: &str) {
        self.absences.get_or_create(&Reason { reason: word.to_owned() }).inc();
    }

    /// Counts readings with a reason.
    pub fn reason(&self, reason: &str, count: u64) {
        self.readings_reason.get_or_create(&Reason { reason: reason.to_owned() }).inc_by(count);
    }

    /// Counts a plan.
    pub fn plan(&self, verdict: &str) {
        self.plans.get_or_create(&Reason { reason: verdict.to_owned() }).inc();
    }

    /// All of them in the text format of OpenMetrics.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
