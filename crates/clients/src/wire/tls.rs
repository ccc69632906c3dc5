//! TLS by rustls. The crypto provider is named here and never taken from the process.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::error::{Expected, WireError};
use super::options::{Authorities, Endpoint, Identity, Tls};
use crate::thrift::Stranger;

/// More than any bundle of authorities has.
const MOST_CERTIFICATES: usize = 4096;

/// Shakes hands over a connection.
pub(super) fn wrap(
    stream: TcpStream,
    endpoint: &Endpoint,
    tls: &Tls,
) -> Result<StreamOwned<ClientConnection, TcpStream>, WireError> {
    let prepare = |reason: String| WireError::Prepare { endpoint: endpoint.clone(), reason };
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|e| prepare(e.to_string()))?;
    let config = configure(endpoint, tls)?;
    let connection = ClientConnection::new(config, name).map_err(|e| prepare(e.to_string()))?;
    let mut stream = StreamOwned::new(connection, stream);
    match stream.conn.complete_io(&mut stream.sock) {
        Ok(_) => Ok(stream),
        Err(error) => Err(failed(endpoint, error)),
    }
}

/// The provider of all cryptography.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificates of whom we trust.
pub(super) fn authorities(
    endpoint: &Endpoint,
    tls: &Tls,
) -> Result<Vec<CertificateDer<'static>>, WireError> {
    match &tls.authorities {
        Authorities::File(path) => certificates(path),
        Authorities::System => {
            let loaded = rustls_native_certs::load_native_certs();
            if let (true, Some(error)) = (loaded.certs.is_empty(), loaded.errors.first()) {
                let reason = format!("no certificate of the system can be read: {error}");
                return Err(WireError::Prepare { endpoint: endpoint.clone(), reason });
            }
            Ok(loaded.certs)
        }
    }
}

/// The certificates of a PEM file, at least one.
pub(super) fn certificates(
    path: &std::path::Path,
) -> Result<Vec<CertificateDer<'static>>, WireError> {
    let refused = |reason: String| WireError::Certificates { path: path.to_owned(), reason };
    let found = CertificateDer::pem_file_iter(path).map_err(|error| refused(error.to_string()))?;
    let found: Result<Vec<_>, _> = found.take(MOST_CERTIFICATES).collect();
    match found {
        Ok(found) if found.is_empty() => Err(refused("there is no certificate in PEM form".into())),
        found => found.map_err(|error| refused(error.to_string())),
    }
}

/// The private key of a PEM file.
fn private_key(identity: &Identity) -> Result<PrivateKeyDer<'static>, WireError> {
    PrivateKeyDer::from_pem_file(&identity.key).map_err(|error| WireError::Certificates {
        path: identity.key.clone(),
        reason: error.to_string(),
    })
}

fn configure(endpoint: &Endpoint, tls: &Tls) -> Result<Arc<ClientConfig>, WireError> {
    let prepare = |error: rustls::Error| WireError::Prepare {
        endpoint: endpoint.clone(),
        reason: error.to_string(),
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(authorities(endpoint, tls)?);
    if added == 0 {
        let reason = "no authority to trust was found".to_owned();
        return Err(WireError::Prepare { endpoint: endpoint.clone(), reason });
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(prepare)?
        .with_root_certificates(roots);
    let config = match &tls.identity {
        None => config.with_no_client_auth(),
        Some(identity) => config
            .with_client_auth_cert(certificates(&identity.certificates)?, private_key(identity)?)
            .map_err(prepare)?,
    };
    Ok(Arc::new(config))
}

fn failed(endpoint: &Endpoint, error: io::Error) -> WireError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let endpoint = endpoint.clone();
    match cause {
        Some(cause @ rustls::Error::InvalidCertificate(_)) => {
            WireError::Certificate { endpoint, error: cause.clone() }
        }
        Some(rustls::Error::InvalidMessage(_)) => WireError::Stranger {
            endpoint,
            expected: Expected::Tls,
            found: Stranger::Unknown([0; 4]),
        },
        Some(_) => WireError::Handshake { endpoint, error },
        None => WireError::during(&endpoint, Expected::Tls, error),
    }
}
