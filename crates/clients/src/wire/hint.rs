//! What a person can do about a failed connection: which setting does not fit the server's.

use std::error::Error;
use std::io;

use super::error::{Expected, WireError};
use crate::kerberos::KerberosError;
use crate::thrift::{DecodeError, Stranger};

/// The longest chain of causes that is followed.
const DEPTH: usize = 16;

/// Looks through an error and its causes for one that a setting can cure.
pub fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    for _ in 0..DEPTH {
        let error = next?;
        if let Some(hint) = of_one(error) {
            return Some(hint);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn of_one(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<WireError>() {
        return of_wire(error);
    }
    if let Some(error) = error.downcast_ref::<Box<WireError>>() {
        return of_wire(error);
    }
    if let Some(error) = error.downcast_ref::<KerberosError>() {
        return error.hint();
    }
    match error.downcast_ref::<DecodeError>()? {
        DecodeError::Stranger(stranger) => of_stranger(*stranger),
        DecodeError::Nothing => Some(
            "the server may expect TLS, SASL (auth plain or kerberos), frames or HTTP: compare the settings with its own",
        ),
        _ => None,
    }
}

fn of_wire(error: &WireError) -> Option<&'static str> {
    match error {
        WireError::Certificate { error, .. } => of_certificate(error),
        WireError::Stranger { expected: Expected::Http, found: Stranger::Tls, .. } => {
            Some("the server speaks TLS: set ssl")
        }
        WireError::Stranger { expected: Expected::Tls, .. } | WireError::Handshake { .. } => {
            Some("the server does not speak TLS here: leave ssl out, or take its TLS port")
        }
        WireError::Stranger { found, .. } => of_stranger(*found),
        WireError::Closed { during, .. } | WireError::Silent { during, .. } => {
            Some(of_silence(*during))
        }
        WireError::Refused { mechanism: "GSSAPI" | "Negotiate", .. }
        | WireError::Context { .. } => {
            Some("compare the server's principal with the setting, and the clocks of both machines")
        }
        WireError::Refused { .. } => {
            Some("check user and password, or set Kerberos if the server asks for it")
        }
        WireError::Protection { .. } => Some(
            "accept a lesser protection, or raise sasl.qop (hadoop.rpc.protection) of the server",
        ),
        WireError::Status { status, .. } => of_status(*status),
        WireError::Post { .. } => {
            Some("check that the server's transport mode is http, and whether its port has TLS")
        }
        _ => None,
    }
}

fn of_stranger(stranger: Stranger) -> Option<&'static str> {
    match stranger {
        Stranger::Http => Some("the server speaks HTTP: set transportMode=http and its httpPath"),
        Stranger::Tls => Some("the server speaks TLS: set ssl"),
        Stranger::Sasl => Some("the server wants SASL: set a user and password, or Kerberos"),
        Stranger::Framed => Some("the server uses the framed transport: set it"),
        Stranger::Unknown(_) => None,
    }
}

fn of_silence(during: Expected) -> &'static str {
    match during {
        Expected::Tls => "the server does not speak TLS here: leave ssl out, or take its TLS port",
        Expected::Sasl => "the server may not use SASL (auth=noSasl), or speak TLS or HTTP here",
        Expected::Http => "the server may not speak HTTP here: leave transportMode=http out",
    }
}

fn of_certificate(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Why;
    let rustls::Error::InvalidCertificate(why) = error else { return None };
    match why {
        Why::UnknownIssuer => {
            Some("give the PEM file of the authority that signed the server's certificate")
        }
        Why::NotValidForName | Why::NotValidForNameContext { .. } => Some(
            "connect by a name that the certificate has as subject alternative name; a common name does not count",
        ),
        Why::Other(_) => Some(
            "the server may use the certificate of an authority as its own: let the authority sign another one for it",
        ),
        _ => None,
    }
}

fn of_status(status: u16) -> Option<&'static str> {
    match status {
        301..=399 => Some("the server sends elsewhere, perhaps to a login page: check httpPath"),
        401 | 403 => Some("check user and password, or set Kerberos if the server asks for it"),
        404 | 405 => {
            Some("check httpPath: HiveServer2 has /cliservice, Knox gateway/TOPOLOGY/hive")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Endpoint;

    #[test]
    fn a_hint_is_found_below_other_errors() {
        let endpoint = Endpoint::new("h", 1);
        let inner = WireError::Closed { endpoint, during: Expected::Sasl };
        let error = DecodeError::Read(io::Error::other(inner));
        assert!(hint(&error).is_some_and(|hint| hint.contains("noSasl")));
        let error = DecodeError::Stranger(Stranger::Http);
        assert!(hint(&error).is_some_and(|hint| hint.contains("transportMode=http")));
        assert_eq!(hint(&io::Error::other("nothing known")), None);
    }
}
