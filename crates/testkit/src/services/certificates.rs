//! An authority of the tests' own, and a server on this machine that it vouches for.

use super::error::ServiceError;
use super::process::Recipe;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether clients must speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// Nobody can.
    #[default]
    None,
    /// Everybody must. The certificate is for `localhost` and `127.0.0.1`.
    Required,
}

/// What `openssl` makes: an authority of our own, and a server that it vouches for.
const CERTIFICATES: &str = "[req]\ndistinguished_name = name\nprompt = no\n\
    [name]\nCN = localhost\n\
    [authority]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = keyCertSign\n\
    [server]\nbasicConstraints = critical,CA:FALSE\n\
    subjectAltName = DNS:localhost,IP:127.0.0.1\n";

/// Where the files are, each in PEM form.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority's certificate, for clients to trust.
    pub authority: PathBuf,
    /// The server's certificate.
    pub server: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

/// Makes them in a folder.
///
/// # Errors
/// When `openssl` is missing or fails.
pub fn make(folder: &Path) -> Result<Certificates, ServiceError> {
    let file = folder.join("openssl.cnf");
    fs::write(&file, CERTIFICATES).map_err(ServiceError::file("write", &file))?;
    let new = |name: &str| {
        Recipe::new("openssl", "openssl", folder)
            .arguments(["req", "-x509", "-config", "openssl.cnf", "-nodes", "-days", "30"])
            .arguments(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .arguments(["-extensions", name, "-keyout", &format!("{name}.key")])
            .arguments(["-out", &format!("{name}.pem")])
    };
    new("authority").arguments(["-subj", "/CN=Authority of the tests"]).run()?;
    new("server").arguments(["-CA", "authority.pem", "-CAkey", "authority.key"]).run()?;
    let at = |name: &str| folder.join(name);
    Ok(Certificates {
        authority: at("authority.pem"),
        server: at("server.pem"),
        key: at("server.key"),
    })
}
