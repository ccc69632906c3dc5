//! TLS for the PostgreSQL protocol, by rustls. The server's certificate and name are always
//! checked; the crypto provider is named here and never taken from the process.

use boatlift_aws::authorities::Authorities as Bundle;
use boatlift_core::{Code, Error, Result};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

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
    match authorities {
        Authorities::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Authorities::File(path) => roots = Bundle::of_file(path)?.into(),
    }
    if roots.is_empty() {
        return Err(prepare("no authority to trust was found".into()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| prepare(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
