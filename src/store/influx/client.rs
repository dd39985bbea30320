//! The one file that speaks with `influxdb2`, whose defects end here: it panics on answers that it
//! cannot read, knows no time-outs, cannot compress lines that are written, and drops `Retry-After`.

use super::fault::{Fault, is_busy, with_causes};
use super::flux;
use super::target::InfluxTarget;
use crate::domain::ports::StoreError;
use crate::domain::reading::time_of_ms;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::task::{CreateTaskRequest, ListTasksRequest};
use influxdb2::api::write::TimestampPrecision;
use influxdb2::models::{PostBucketRequest, Query, RetentionRule, retention_rule};
use influxdb2::{ClientBuilder, RequestError};
use influxdb2_structmap::value::Value;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Url};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(30);

/// One row of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) time: Option<DateTime<Utc>>,
    pub(super) value: Option<f64>,
    pub(super) words: BTreeMap<String, String>,
}

impl Row {
    fn of(values: BTreeMap<String, Value>) -> Self {
        let mut row = Self::default();
        for (name, value) in values {
            if name == "_value" {
                if let Value::Double(number) = value {
                    row.value = Some(number.into_inner());
                }
            } else if let Value::TimeRFC(time) = value {
                if name == "_time" {
                    row.time = Some(time.to_utc());
                }
            } else if let Value::String(word) = value {
                row.words.insert(name, word);
            }
        }
        row
    }

    /// A word of the row; empty where it has none.
    pub(super) fn word(&self, name: &str) -> &str {
        self.words.get(name).map_or("", String::as_str)
    }
}

/// The connection.
#[derive(Debug)]
pub(super) struct Client {
    asker: influxdb2::Client,
    /// Says with each request that its body is compressed.
    writer: influxdb2::Client,
    /// Past the crate, for a header that it drops.
    plain: reqwest::Client,
    url: Url,
    target: InfluxTarget,
}

impl Client {
    pub(super) fn new(target: &InfluxTarget) -> Result<Self, StoreError> {
        Self::with_limits(target, CONNECT, ANSWER)
    }

    /// With the longest waits for a connection and for an answer.
    fn with_limits(
        target: &InfluxTarget,
        connect: Duration,
        answer: Duration,
    ) -> Result<Self, StoreError> {
        let fault = |what: String| StoreError::Other(format!("InfluxDB: {what}"));
        let url = Url::parse(&target.url)
            .map_err(|e| fault(format!("the URL {} cannot be read: {e}", target.url)))?;
        let compressed = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        let builder = || -> Result<reqwest::ClientBuilder, StoreError> {
            let mut builder = reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(connect)
                .timeout(answer)
                .tls_built_in_root_certs(false);
            if let Some(pem) = &target.ca_pem {
                for one in certificates(pem) {
                    let one = Certificate::from_pem(one.as_bytes())
                        .map_err(|e| fault(format!("a certificate cannot be read: {e}")))?;
                    builder = builder.add_root_certificate(one);
                }
            }
            Ok(builder)
        };
        let client = |builder| {
            ClientBuilder::with_builder(builder, &target.url, &target.org, target.token())
                .build()
                .map_err(|e| fault(e.to_string()))
        };
        Ok(Self {
            asker: client(builder()?)?,
            writer: client(builder()?.default_headers(HeaderMap::from_iter(compressed)))?,
            plain: builder()?.build().map_err(|e| fault(e.to_string()))?,
            url,
            target: target.clone(),
        })
    }

    /// Writes lines. They are in the database when this returns.
    pub(super) async fn write(&self, lines: &[String]) -> Result<(), Fault> {
        let body = gzip(lines).map_err(|e| Fault::Unreadable(format!("compression: {e}")))?;
        let (client, org) = (self.writer.clone(), self.target.org.clone());
        let bucket = self.target.bucket.clone();
        let written = guarded(async move {
            let ms = TimestampPrecision::Milliseconds;
            client.write_line_protocol_with_precision(&org, &bucket, body, ms).await
        });
        match written.await {
            Err(Fault::Away(why, None)) if is_busy(&why) => {
                Err(Fault::Away(why, self.retry_after().await))
            }
            answer => answer,
        }
    }

    /// How long a server that is busy asks to wait. The crate drops the header, so a write of nothing
    /// asks for it again.
    async fn retry_after(&self) -> Option<Duration> {
        let mut url = self.url.clone();
        url.set_path("/api/v2/write");
        let query = [("org", &self.target.org), ("bucket", &self.target.bucket)];
        let request = self.plain.post(url).query(&query).body("");
        let token = format!("Token {}", self.target.token());
        let answer = request.header("Authorization", token).send().await.ok()?;
        let told = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
        told.trim().parse().ok().map(Duration::from_secs)
    }

    /// Asks in Flux.
    pub(super) async fn ask(&self, flux: String) -> Result<Vec<Row>, Fault> {
        let client = self.asker.clone();
        let records =
            guarded(async move { client.query_raw(Some(Query::new(flux))).await }).await?;
        Ok(records.into_iter().map(|record| Row::of(record.values)).collect())
    }

    /// Whether the server is there and well.
    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let client = self.asker.clone();
        guarded(async move { client.health().await.map(|_| ()) }).await
    }

    /// The organisation's number, as its buckets tell it: no more rights are needed than to see one of
    /// them, and there are always two of the server's own.
    pub(super) async fn organisation(&self) -> Result<Option<String>, Fault> {
        let (client, org) = (self.asker.clone(), Some(self.target.org.clone()));
        let request = ListBucketsRequest { org, ..ListBucketsRequest::default() };
        let found = guarded(async move { client.list_buckets(Some(request)).await }).await?;
        Ok(found.buckets.into_iter().find_map(|bucket| bucket.org_id))
    }

    /// Whether the token sees a bucket of that name.
    pub(super) async fn has_bucket(&self, name: &str) -> Result<bool, Fault> {
        let client = self.asker.clone();
        let request = ListBucketsRequest {
            org: Some(self.target.org.clone()),
            name: Some(name.to_owned()),
            ..ListBucketsRequest::default()
        };
        match guarded(async move { client.list_buckets(Some(request)).await }).await {
            Ok(found) => Ok(found.buckets.iter().any(|b| b.name == name)),
            // So says the server where no bucket has the name.
            Err(Fault::Missing(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Makes a bucket that keeps what it holds for some seconds, or for ever.
    pub(super) async fn make_bucket(
        &self,
        organisation: &str,
        name: &str,
        kept_s: Option<i32>,
    ) -> Result<(), Fault> {
        let client = self.asker.clone();
        let mut request = PostBucketRequest::new(organisation.to_owned(), name.to_owned());
        request.description = Some("made by smart-camp".to_owned());
        let rule = |s| RetentionRule::new(retention_rule::Type::Expire, s);
        request.retention_rules = kept_s.map(rule).into_iter().collect();
        guarded(async move { client.create_bucket(Some(request)).await }).await
    }

    /// Whether the token sees a task of that name.
    pub(super) async fn has_task(&self, name: &str) -> Result<bool, Fault> {
        let client = self.asker.clone();
        let request = ListTasksRequest {
            org: Some(self.target.org.clone()),
            name: Some(name.to_owned()),
            ..ListTasksRequest::default()
        };
        let found = guarded(async move { client.list_tasks(request).await }).await?;
        Ok(found.tasks.iter().any(|t| t.name == name))
    }

    /// Makes a task.
    pub(super) async fn make_task(&self, flux: String) -> Result<(), Fault> {
        let client = self.asker.clone();
        let mut request = CreateTaskRequest::new(flux);
        request.org = Some(self.target.org.clone());
        guarded(async move { client.create_task(request).await }).await
    }

    /// Sums up again what came late.
    pub(super) async fn sum_up(&self, from_ms: i64, to_ms: i64) -> Result<(), Fault> {
        let (from, to) = (time_of_ms(from_ms), time_of_ms(to_ms));
        self.ask(flux::missed_quarters(&self.target.bucket, from, to)).await.map(|_| ())
    }
}

/// Each certificate of a PEM file: the crate underneath reads the first one only.
fn certificates(pem: &str) -> Vec<String> {
    let end = "-----END CERTIFICATE-----";
    pem.split_inclusive(end).filter(|part| part.contains(end)).map(ToOwned::to_owned).collect()
}

fn gzip(lines: &[String]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for line in lines {
        encoder.write_all(line.as_bytes())?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
}

/// Runs a request of the crate in a task of its own: a panic in there becomes a fault.
async fn guarded<T: Send + 'static>(
    request: impl Future<Output = Result<T, RequestError>> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::spawn(request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault_of(error)),
        Err(error) => Err(Fault::Unreadable(error.to_string())),
    }
}

fn fault_of(error: RequestError) -> Fault {
    match error {
        RequestError::Http { status, text } => {
            let text: String = text.trim().chars().take(500).collect();
            let why = format!("HTTP {}: {text}", status.as_u16());
            match status.as_u16() {
                413 => Fault::Refused(why),
                // The server's own words; a proxy that says 400 to everything must not empty the queue.
                400 | 422 if text.contains("\"code\"") => Fault::Refused(why),
                401 | 403 => Fault::Denied(why),
                // So says the server where a token may not make a task.
                500 if text.contains("unauthorized") => Fault::Denied(why),
                404 => Fault::Missing(why),
                _ => Fault::Away(why, None),
            }
        }
        RequestError::ReqwestProcessing { source } if source.is_decode() => {
            Fault::Unreadable(with_causes(&source))
        }
        RequestError::ReqwestProcessing { source } => Fault::Away(with_causes(&source), None),
        RequestError::Serializing { source } => Fault::Unreadable(source.to_string()),
        RequestError::Deserializing { text } => Fault::Unreadable(text),
    }
}

#[cfg(test)]
mod tests;
