//! Asks a service how it is, as a container's health check does: one request, no token, a few seconds.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A service that takes longer than this to connect, or for any part of its answer, is not well.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most of an answer that is read, bytes; a health report is under a thousandth of it.
const MOST_ANSWER: u64 = 64 << 10;

/// Where a service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    is_tls: bool,
    host: String,
    port: u16,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What stands behind the head.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFault {
    /// What was given is wrong.
    #[error("{0}")]
    Input(String),
    /// The service does not answer as a service does.
    #[error("{0}")]
    Away(String),
}

impl Target {
    /// Reads `http://host:port` or `https://host:port`, with nothing behind it but a slash.
    pub fn parse(url: &str) -> Result<Self, ProbeFault> {
        let fault = || {
            let rule = "must be http://host:port or https://host:port, without a path";
            ProbeFault::Input(format!("--url {url}: {rule}"))
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(fault)?;
        let is_tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(fault()),
        };
        let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(fault)?;
        let is_lawful = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if host.is_empty() || !host.chars().all(is_lawful) {
            return Err(fault());
        }
        let port = port.parse().map_err(|_| fault())?;
        Ok(Self { is_tls, host: host.to_owned(), port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// The answer to `GET path`. With `https` the certificates of `ca_file` are trusted and no others.
///
/// # Errors
/// A file that cannot be read, or `https` without one; a service that is not there, is too slow, shows
/// another certificate, or gives no HTTP.
pub fn ask(target: &Target, path: &str, ca_file: Option<&Path>) -> Result<Answer, ProbeFault> {
    let tls = match (target.is_tls, ca_file) {
        (false, _) => None,
        (true, Some(file)) => Some(trusting(target, file)?),
        (true, None) => {
            let rule = "needs --ca-file: no certificates are trusted but those of a file";
            return Err(ProbeFault::Input(format!("--url {target}: {rule}")));
        }
    };
    let answer = exchange(target, path, tls);
    answer.map_err(|error| ProbeFault::Away(format!("{target}: {error}")))
}

fn trusting(target: &Target, file: &Path) -> Result<ClientConnection, ProbeFault> {
    let fault = |e: &dyn fmt::Display| ProbeFault::Input(format!("{}: {e}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| fault(&e))? {
        roots.add(certificate.map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| fault(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = target.host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host)
        .map_err(|e| ProbeFault::Input(format!("--url {target}: {e}")))?;
    ClientConnection::new(Arc::new(config), name).map_err(|e| fault(&e))
}

fn exchange(target: &Target, path: &str, tls: Option<ClientConnection>) -> io::Result<Answer> {
    let stream = connect(target)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match tls {
        Some(connection) => converse(StreamOwned::new(connection, stream), target, path),
        None => converse(stream, target, path),
    }
}

/// A name may stand for several addresses, and the service may listen on one of them only.
fn connect(target: &Target) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let host = target.host.trim_matches(['[', ']']);
    for address in (host, target.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn converse(mut stream: impl Read + Write, target: &Target, path: &str) -> io::Result<Answer> {
    // HTTP 1.0: the answer comes in one piece, and the connection ends with it.
    let (host, port) = (&target.host, target.port);
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n"
    )?;
    stream.flush()?;
    let mut bytes = Vec::new();
    stream.take(MOST_ANSWER).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no HTTP");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(strange)?;
    let mut words = head.split_ascii_whitespace();
    let is_http = words.next().is_some_and(|word| word.starts_with("HTTP/"));
    let status = words.next().and_then(|word| word.parse().ok()).filter(|_| is_http);
    Ok(Answer { status: status.ok_or_else(strange)?, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn addresses_are_read_or_refused() {
        for good in ["http://127.0.0.1:8080", "https://localhost:8443/", "http://[::1]:80"] {
            assert_eq!(Target::parse(good).unwrap().to_string(), good.trim_end_matches('/'));
        }
        for bad in ["", "localhost:8080", "ftp://a:1", "http://a", "http://:1", "http://a:99999"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
        assert!(Target::parse("http://a b:1").is_err());
        assert!(Target::parse("http://a/path:1").is_err());
    }

    #[test]
    fn https_without_trust_is_refused_before_anybody_is_asked() {
        let target = Target::parse("https://localhost:1").unwrap();
        assert!(matches!(ask(&target, "/", None), Err(ProbeFault::Input(_))));
    }

    /// What a service that says `answer` and hangs up is taken for.
    fn told(answer: &'static str) -> Result<Answer, ProbeFault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let target = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // All of it: a connection that is closed with bytes unread is reset.
            let (mut seen, mut byte) = (Vec::new(), [0]);
            while !seen.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                seen.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            seen
        });
        let answer = ask(&Target::parse(&target).unwrap(), "/x", None);
        assert!(server.join().unwrap().starts_with(b"GET /x HTTP/1.0"));
        answer
    }

    #[test]
    fn an_answer_is_read_and_what_is_none_is_told() {
        let answer = told("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{}").unwrap();
        assert_eq!(answer, Answer { status: 503, body: "{}".to_owned() });
        for strange in ["SSH-2.0 200\r\n\r\n", "HTTP/1.1 odd\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert!(matches!(told(strange), Err(ProbeFault::Away(_))), "{strange}");
        }
    }
}
