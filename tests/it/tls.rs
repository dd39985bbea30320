//! TLS on both sides, with certificates made for this run.

use super::support::{Mosquitto, Setup, eventually};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use smart_camp::mqtt::Security;
use smart_camp::settings::RestSettings;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// PEM of an authority, and of a server's certificate and key that it signed.
struct Certificates {
    authority: String,
    certificate: String,
    key: String,
}

fn certificates() -> Certificates {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &authority).unwrap();
    Certificates {
        authority: authority.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// GET over TLS, trusting `authority` alone.
fn get(port: u16, authority: &str, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", port))?);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn the_interface_speaks_tls() {
    let ours = certificates();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, &ours.certificate).unwrap();
    std::fs::write(&key, &ours.key).unwrap();
    let rest = RestSettings {
        bind: ([127, 0, 0, 1], 0).into(),
        tls_certificate_file: Some(certificate),
        tls_key_file: Some(key),
    };
    let camp = Setup { rest, ..Setup::small() }.start();
    let answer = get(camp.port(), &ours.authority, "/api/v1/health").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"starting\""), "{answer}");
    assert!(get(camp.port(), &certificates().authority, "/api/v1/health").is_err());
}

#[test]
fn the_broker_is_reached_over_tls_and_an_unknown_one_is_not_trusted() {
    let ours = certificates();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &ours.authority).unwrap();
    let broker = Mosquitto::start_tls(&ours.certificate, &ours.key, authority);
    let camp = Setup { broker: Some(broker.address.clone()), ..Setup::small() }.start();
    assert_eq!(camp.live.metrics.broker_connected.get(), 1);
    drop(camp);

    let stranger = folder.path().join("stranger.pem");
    std::fs::write(&stranger, certificates().authority).unwrap();
    let mut address = broker.address.clone();
    address.security = Security::Tls { ca_file: stranger, client: None };
    let camp = Setup { broker: Some(address), ..Setup::small() }.start_alone();
    let alarm = eventually("the distrust is told", || {
        camp.live.alarms().into_iter().find(|a| a.code == "broker_away")
    });
    assert!(alarm.message.contains("certificate"), "{}", alarm.message);
    assert_eq!(camp.live.metrics.broker_connected.get(), 0);
}
