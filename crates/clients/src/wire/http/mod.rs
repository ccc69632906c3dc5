//! Messages as bodies of POSTs.
//!
//! A request goes out when it is flushed, once. It is sent again only after the server said
//! 401, which means that it did not look at it.

mod agent;
mod cookies;

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::{HeaderValue, Response, StatusCode, header};
use ureq::{Agent, Body, BodyReader};

use self::cookies::Cookies;
use super::error::WireError;
use super::options::{Auth, Endpoint, Kerberos, Options};
use crate::gssapi::{Context, Name};

/// The longest answer that is accepted, in bytes.
const LONGEST_ANSWER: u64 = 1 << 30;
/// How much of an error page is shown, in bytes.
const SHOWN_ANSWER: u64 = 400;
/// How much is read past the end of an answer so that its connection can be used again.
const LEFT_OVER: u64 = 64 << 10;
/// Source: Apache Thrift, `THttpClient`.
const CONTENT_TYPE: &str = "application/x-thrift";
/// Who acts, for servers that ask for no proof. Source: Hive 4, `ServletSecurity` of its metastore,
/// which answers 401 without it.
const ACTOR: &str = "x-actor-username";

/// A wire over HTTP.
pub(super) struct HttpWire {
    endpoint: Endpoint,
    path: String,
    url: String,
    agent: Agent,
    auth: Auth,
    cookies: Cookies,
    outgoing: Vec<u8>,
    answer: Option<BodyReader<'static>>,
}

impl HttpWire {
    /// Prepares requests to a path. Nothing is sent yet.
    pub(super) fn new(
        endpoint: &Endpoint,
        path: &str,
        options: &Options,
    ) -> Result<Self, WireError> {
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let path = format!("/{}", path.trim_start_matches('/'));
        Ok(Self {
            url: format!("{scheme}://{endpoint}{path}"),
            path,
            endpoint: endpoint.clone(),
            agent: agent::agent(endpoint, options)?,
            auth: options.auth.clone(),
            cookies: Cookies::default(),
            outgoing: Vec::new(),
            answer: None,
        })
    }

    fn post(&mut self, message: &[u8]) -> Result<BodyReader<'static>, WireError> {
        let remembered = self.cookies.has_login();
        let mut response = self.attempt(message)?;
        if response.status() == StatusCode::UNAUTHORIZED && remembered {
            self.cookies.forget_login();
            use_up(body(response, LEFT_OVER));
            response = self.attempt(message)?;
        }
        match response.status() {
            StatusCode::OK => Ok(body(response, LONGEST_ANSWER)),
            status => Err(self.refused(status, response)),
        }
    }

    fn attempt(&mut self, message: &[u8]) -> Result<Response<Body>, WireError> {
        let mut request = self.agent.post(&self.url).header(header::CONTENT_TYPE, CONTENT_TYPE);
        request = request.header(header::ACCEPT, CONTENT_TYPE);
        // Hive 2 and newer demand it when its guard against forged requests is on.
        request = request.header("X-XSRF-HEADER", "true").header("X-CSRF-TOKEN", "true");
        if let Auth::Claimed { user } | Auth::Plain { user, .. } = &self.auth {
            request = request.header(ACTOR, user);
        }
        if let Some(cookies) = self.cookies.header() {
            request = request.header(header::COOKIE, cookies);
        }
        if !self.cookies.has_login()
            && let Some(proof) = self.proof()?
        {
            request = request.header(header::AUTHORIZATION, proof);
        }
        let response = request.send(message).map_err(|error| self.failed(&error))?;
        let set = response.headers().get_all(header::SET_COOKIE).iter();
        self.cookies.take(set.filter_map(|value| value.to_str().ok()));
        Ok(response)
    }

    fn proof(&self) -> Result<Option<HeaderValue>, WireError> {
        let proof = match &self.auth {
            Auth::None | Auth::Claimed { .. } => return Ok(None),
            Auth::Plain { user, password } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.reveal())))
            }
            Auth::Kerberos(kerberos) => {
                format!("Negotiate {}", STANDARD.encode(self.ticket(kerberos)?))
            }
        };
        let refused =
            |_| WireError::Unsendable { endpoint: self.endpoint.clone(), mechanism: "Basic" };
        let mut proof = HeaderValue::try_from(proof).map_err(refused)?;
        proof.set_sensitive(true);
        Ok(Some(proof))
    }

    /// A token of Kerberos itself, as Hive's own client sends it.
    ///
    /// HiveServer2 sends none back, so that TLS is what proves who the server is.
    fn ticket(&self, kerberos: &Kerberos) -> Result<Vec<u8>, WireError> {
        let endpoint = || self.endpoint.clone();
        let credential = kerberos
            .login
            .credential()
            .map_err(|error| WireError::Login { endpoint: endpoint(), error })?;
        Name::service(&kerberos.service, &self.endpoint.host)
            .and_then(|target| Context::new(credential, target))
            .and_then(|mut context| context.step(&[]))
            .map(|step| step.token)
            .map_err(|error| WireError::Context { endpoint: endpoint(), error })
    }

    fn refused(&self, status: StatusCode, response: Response<Body>) -> WireError {
        let mut message = Vec::new();
        // What cannot be read of an error page is not worth another error.
        let _ = body(response, LEFT_OVER).take(SHOWN_ANSWER).read_to_end(&mut message);
        let message = String::from_utf8_lossy(&message);
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        let endpoint = self.endpoint.clone();
        let mechanism = match self.auth {
            Auth::None | Auth::Claimed { .. } => None,
            Auth::Plain { .. } => Some("Basic"),
            Auth::Kerberos(_) => Some("Negotiate"),
        };
        match (status, mechanism) {
            (StatusCode::UNAUTHORIZED, Some(mechanism)) => {
                WireError::Refused { endpoint, mechanism, message }
            }
            _ => {
                let (path, status) = (self.path.clone(), status.as_u16());
                WireError::Status { endpoint, path, status, message }
            }
        }
    }

    fn failed(&self, error: &ureq::Error) -> WireError {
        agent::failed(&self.endpoint, error)
    }
}

impl Write for HttpWire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(rest) = self.answer.take() {
            use_up(rest);
        }
        let message = std::mem::take(&mut self.outgoing);
        self.answer = Some(self.post(&message).map_err(io::Error::other)?);
        Ok(())
    }
}

impl Read for HttpWire {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match &mut self.answer {
            Some(answer) => answer.read(to),
            None => Ok(0),
        }
    }
}

/// Reads what is left of an answer, without which its connection cannot be used again; what
/// is long costs less as a new connection.
fn use_up(rest: BodyReader<'static>) {
    let _ = io::copy(&mut rest.take(LEFT_OVER), &mut io::sink());
}

fn body(response: Response<Body>, limit: u64) -> BodyReader<'static> {
    response.into_body().into_with_config().limit(limit).reader()
}

#[cfg(test)]
mod tests;
