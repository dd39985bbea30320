//! TLS on both sides, with certificates made for this run.

use super::support::{Mosquitto, Setup, eventually};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use smart_camp::mqtt::{BrokerAddress, Security, Version};
use smart_camp::settings::RestSettings;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// PEM of an authority, and of a server's and a client's certificate and key that it signed.
struct Certificates {
    authority: String,
    certificate: String,
    key: String,
    client: (String, String),
}

fn certificates() -> Certificates {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        // A subject of its own: OpenSSL takes one that bears its issuer's name for self-signed.
        params.distinguished_name.push(DnType::CommonName, name);
        (params.signed_by(&key, &authority).unwrap().pem(), key.serialize_pem())
    };
    let ((certificate, key), client) = (signed("localhost"), signed("smartcamp"));
    Certificates { authority: authority.pem(), certificate, key, client }
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

/// The broker wants a certificate of the service's own, and its name and password too.
fn both_sides_show_a_certificate(version: Version) {
    let ours = certificates();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let ca_file = file("ca.pem", &ours.authority);
    let broker = Mosquitto::start_tls_both(&ours.certificate, &ours.key, ca_file.clone());
    let own = (file("client.pem", &ours.client.0), file("client.key", &ours.client.1));
    let with = |client| BrokerAddress {
        security: Security::Tls { ca_file: ca_file.clone(), client },
        version,
        ..broker.address.clone()
    };
    let camp = Setup { broker: Some(with(Some(own.clone()))), ..Setup::small() }.start();
    assert_eq!(camp.live.metrics.broker_connected.get(), 1);
    drop(camp);

    let strange = certificates().client;
    let strange = (file("strange.pem", &strange.0), file("strange.key", &strange.1));
    for client in [None, Some(strange)] {
        let camp = Setup { broker: Some(with(client)), ..Setup::small() }.start_alone();
        eventually("the broker lets nobody else in", || {
            camp.live.alarms().into_iter().find(|a| a.code == "broker_away")
        });
        assert_eq!(camp.live.metrics.broker_connects.get(), 0);
    }
    let mut nameless = with(Some(own));
    nameless.credentials = Some(("smartcamp".to_owned(), "guessed".to_owned()));
    let camp = Setup { broker: Some(nameless), ..Setup::small() }.start_alone();
    eventually("a certificate is no password", || {
        camp.live.alarms().into_iter().find(|a| a.code == "broker_away")
    });
}

#[test]
fn client_certificates_over_mqtt_5() {
    both_sides_show_a_certificate(Version::Five);
}

#[test]
fn client_certificates_over_mqtt_3_1_1() {
    both_sides_show_a_certificate(Version::Three);
}
