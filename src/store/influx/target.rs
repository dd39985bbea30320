//! Where the database is and who we are there.

use std::fmt;

/// Where the database is and who we are there.
#[derive(Clone, PartialEq, Eq)]
pub struct InfluxTarget {
    /// `https://host:port` or `http://host:port`.
    pub url: String,
    /// The organisation.
    pub org: String,
    /// The bucket; two more are named after it.
    pub bucket: String,
    /// Certificates that are trusted, PEM; needed with `https`.
    pub ca_pem: Option<String>,
    token: String,
}

impl InfluxTarget {
    /// A database without TLS.
    pub fn new(url: &str, org: &str, bucket: &str, token: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            org: org.to_owned(),
            bucket: bucket.to_owned(),
            ca_pem: None,
            token: token.to_owned(),
        }
    }

    /// The same, with the certificates that are trusted.
    #[must_use]
    pub fn trusting(self, ca_pem: Option<String>) -> Self {
        Self { ca_pem, ..self }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// What makes it another database: what one has been given, another has not.
    pub(super) fn name(&self) -> String {
        format!("{} {} {}", self.url, self.org, self.bucket)
    }
}

/// The token stays out of every log.
impl fmt::Debug for InfluxTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, org, bucket) = (&self.url, &self.org, &self.bucket);
        write!(f, "InfluxTarget {{ url: {url:?}, org: {org:?}, bucket: {bucket:?} }}")
    }
}
