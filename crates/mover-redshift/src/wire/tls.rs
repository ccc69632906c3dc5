//! TLS for the PostgreSQL protocol, by rustls. The server's certificate and name are always
//! checked; the crypto provider is named here and never taken from the process.

use boatlift_core::{Code, Error, Result};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// More than any bundle of authorities has.
const MOST_CERTIFICATES: usize = 4096;

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// TLS, with a certificate that these authorities vouch for, in the server's name.
    Verified(Authorities),
    /// None: for servers behind a tunnel that protects the way.
    None,
}

/// Whom we trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorities {
    /// Those of the operating system.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// Prepares handshakes with servers that these authorities vouch for.
pub(super) fn connector(authorities: &Authorities) -> Result<MakeRustlsConnect> {
    let prepare = |why: String| Error::new(Code::ConfigValue, "cannot prepare TLS").because(why);
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(match authorities {
        Authorities::System => rustls_native_certs::load_native_certs().certs,
        Authorities::File(path) => certificates(path)?,
    });
    if added == 0 {
        return Err(prepare("no authority to trust was found".into()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| prepare(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let refused = |error: rustls::pki_types::pem::Error| {
        Error::new(Code::ConfigValue, "cannot read certificates").on(path.display()).because(error)
    };
    CertificateDer::pem_file_iter(path)
        .map_err(refused)?
        .take(MOST_CERTIFICATES)
        .collect::<Result<_, _>>()
        .map_err(refused)
}
