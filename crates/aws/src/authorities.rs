//! Authorities of a person's own choice that vouch for servers, in place of the system's:
//! certificates in a file in PEM form.

use boatlift_core::{Code, Error, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// More than any bundle of authorities has, in bytes.
const LONGEST_BUNDLE: u64 = 16 << 20;
/// The line that ends a certificate.
const END: &str = "-----END CERTIFICATE-----";

/// Whom a file tells us to trust.
#[derive(Debug, Clone)]
pub struct Authorities {
    roots: RootCertStore,
    certificates: Vec<String>,
}

impl Authorities {
    /// Reads the certificates of a file. What in it is none that TLS can use is left out, as
    /// every system's bundle has some.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when it cannot be read, is too long, or has none.
    pub fn of_file(path: &Path) -> Result<Authorities> {
        let refused = |why: String| {
            Error::new(Code::ConfigValue, "cannot read certificates")
                .on(path.display())
                .because(why)
        };
        let mut text = String::new();
        let opened = File::open(path).map_err(|error| refused(error.to_string()))?;
        let read = opened.take(LONGEST_BUNDLE + 1).read_to_string(&mut text);
        read.map_err(|error| refused(error.to_string()))?;
        if text.len() as u64 > LONGEST_BUNDLE {
            return Err(refused(format!("it has more than {LONGEST_BUNDLE} bytes")));
        }
        let mut found = Authorities { roots: RootCertStore::empty(), certificates: Vec::new() };
        text.split_inclusive(END).for_each(|certificate| found.add(certificate));
        match found.certificates.is_empty() {
            true => Err(refused("there is no certificate in PEM form".into())),
            false => Ok(found),
        }
    }

    fn add(&mut self, certificate: &str) {
        let Ok(read) = CertificateDer::from_pem_slice(certificate.as_bytes()) else { return };
        if self.roots.add(read).is_ok() {
            self.certificates.push(certificate.to_owned());
        }
    }

    /// Each certificate in PEM form.
    pub(crate) fn certificates(&self) -> &[String] {
        &self.certificates
    }
}

impl From<Authorities> for RootCertStore {
    fn from(authorities: Authorities) -> RootCertStore {
        authorities.roots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_by_name() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("ca.pem");
        for (text, why) in [
            (None, "No such file"),
            (Some("no certificate"), "no certificate in PEM form"),
            (
                Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                "no certificate",
            ),
        ] {
            if let Some(text) = text {
                std::fs::write(&path, text).expect("written");
            }
            let error = Authorities::of_file(&path).expect_err(why);
            assert_eq!(error.code, Code::ConfigValue);
            let told = error.to_string();
            assert!(told.contains(why) && told.contains("ca.pem"), "{told}");
        }
    }
}
