//! The HTTP client: one connection, no redirects, no proxy from the environment.

use std::io;
use std::sync::Arc;

use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

use crate::thrift::Stranger;
use crate::wire::error::{Expected, WireError};
use crate::wire::options::{Endpoint, Identity, Options, Tls};
use crate::wire::tls;

pub(super) fn agent(endpoint: &Endpoint, options: &Options) -> Result<Agent, WireError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .max_idle_connections(1)
        .user_agent("boatlift")
        .timeout_connect(Some(options.connect_timeout))
        .timeout_per_read(Some(options.read_timeout))
        .timeout_per_write(Some(options.read_timeout));
    if let Some(tls) = &options.tls {
        config = config.tls_config(configure(endpoint, tls)?);
    }
    Ok(config.build().new_agent())
}

/// Sorts a failure of the client by what it tells about the server.
pub(super) fn failed(endpoint: &Endpoint, error: &ureq::Error) -> WireError {
    let during = |kind: io::ErrorKind| {
        WireError::during(endpoint, Expected::Http, io::Error::new(kind, error.to_string()))
    };
    let endpoint = || endpoint.clone();
    match error {
        ureq::Error::Io(inner) => match inner.get_ref().and_then(|e| e.downcast_ref()) {
            Some(inner @ rustls::Error::InvalidCertificate(_)) => {
                WireError::Certificate { endpoint: endpoint(), error: inner.clone() }
            }
            Some(rustls::Error::InvalidMessage(_)) => WireError::Stranger {
                endpoint: endpoint(),
                expected: Expected::Tls,
                found: Stranger::Unknown([0; 4]),
            },
            _ if inner.kind() == io::ErrorKind::ConnectionRefused => WireError::Connect {
                endpoint: endpoint(),
                error: io::Error::new(inner.kind(), inner.to_string()),
            },
            _ => during(inner.kind()),
        },
        ureq::Error::Rustls(inner @ rustls::Error::InvalidCertificate(_)) => {
            WireError::Certificate { endpoint: endpoint(), error: inner.clone() }
        }
        ureq::Error::Timeout(_) => during(io::ErrorKind::TimedOut),
        ureq::Error::HostNotFound => WireError::Resolve {
            endpoint: endpoint(),
            error: io::Error::new(io::ErrorKind::NotFound, error.to_string()),
        },
        other => WireError::Post { endpoint: endpoint(), reason: other.to_string() },
    }
}

fn configure(endpoint: &Endpoint, tls: &Tls) -> Result<TlsConfig, WireError> {
    let roots = tls::authorities(endpoint, tls)?;
    let roots = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let identity = tls.identity.as_ref().map(client_certificate).transpose()?;
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(tls::provider())
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .client_cert(identity)
        .build())
}

fn client_certificate(identity: &Identity) -> Result<ClientCert, WireError> {
    let chain = tls::certificates(&identity.certificates)?;
    let chain: Vec<_> = chain.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let refused = |reason: String| WireError::Certificates { path: identity.key.clone(), reason };
    let pem = std::fs::read(&identity.key).map_err(|error| refused(error.to_string()))?;
    let key = PrivateKey::from_pem(&pem).map_err(|error| refused(error.to_string()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}
