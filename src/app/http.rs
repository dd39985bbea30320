//! The HTTP server: REST, console and interactive documentation, with TLS where it is set up.

use crate::api::openapi::ApiDoc;
use crate::api::{ApiState, configure};
use crate::console;
use crate::settings::RestSettings;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, DefaultHeaders};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::{Context, bail};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use utoipa::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// The running server.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

/// Nothing is fetched from anywhere else, and nobody frames the pages.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

impl Server {
    /// Starts listening.
    pub(super) fn start(settings: &RestSettings, state: ApiState) -> anyhow::Result<Self> {
        let docs = ApiDoc::openapi();
        let factory = move || {
            App::new()
                .app_data(Data::new(state.clone()))
                .wrap(Compress::default())
                .wrap(
                    DefaultHeaders::new()
                        .add(("X-Content-Type-Options", "nosniff"))
                        .add(("Referrer-Policy", "no-referrer"))
                        .add(("Content-Security-Policy", CONTENT_POLICY)),
                )
                .configure(configure)
                .configure(console::configure)
                .service(SwaggerUi::new("/docs/{_:.*}").url("/docs/openapi.json", docs.clone()))
        };
        let server = HttpServer::new(factory)
            .workers(2)
            .max_connections(256)
            .backlog(128)
            .client_request_timeout(Duration::from_secs(5))
            .keep_alive(Duration::from_secs(30))
            .shutdown_timeout(2)
            .disable_signals();
        let bind = settings.bind;
        let server = match (&settings.tls_certificate_file, &settings.tls_key_file) {
            (Some(certificate), Some(key)) => server.bind_rustls_0_23(bind, tls(certificate, key)?),
            _ => server.bind(bind),
        };
        let server = server.with_context(|| format!("the interface cannot listen on {bind}"))?;
        let Some(address) = server.addrs().first().copied() else {
            bail!("the interface listens nowhere");
        };
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, handle })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn stop(self) {
        self.handle.stop(true).await;
    }
}

fn tls(certificate: &Path, key: &Path) -> anyhow::Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .with_context(|| format!("{}", certificate.display()))?
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("{}", certificate.display()))?;
    let key_der =
        PrivateKeyDer::from_pem_file(key).with_context(|| format!("{}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .context("the certificate and the key")
}
