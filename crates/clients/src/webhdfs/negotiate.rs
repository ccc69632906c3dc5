//! SPNEGO: who we are, by a Kerberos ticket, in each request to a NameNode
//! or a ResourceManager.

use super::Authorization;
use crate::gssapi::{Context, Credential, GssError, Name, Store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The service that a server's HTTP side is (`dfs.web.authentication.kerberos.principal`).
const SERVICE: &str = "HTTP/_HOST";

/// Authorizes requests with a ticket from `store`. Where none can be had, the request goes
/// without, and the server says what it thinks of that; the log says why.
#[must_use]
pub fn negotiate(store: Store) -> Authorization {
    Box::new(move |host| match proof(&store, host) {
        Ok(proof) => Some(proof),
        Err(error) => {
            tracing::warn!(host, %error, "no Kerberos ticket for a web address");
            None
        }
    })
}

fn proof(store: &Store, host: &str) -> Result<String, GssError> {
    let target = Name::service(SERVICE, without_port(host))?;
    let credential = Credential::acquire(None, store)?;
    let step = Context::new(credential, target)?.step(b"")?;
    Ok(format!("Negotiate {}", STANDARD.encode(step.token)))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_for_a_host_not_for_a_port() {
        assert_eq!(without_port("nn.example.com:9870"), "nn.example.com");
        assert_eq!(without_port("nn.example.com"), "nn.example.com");
        assert_eq!(without_port("[::1]:9870"), "[::1]");
    }
}
