//! Wires: the way bytes of one request and one answer go over a connection.
//!
//! [`dial`] stacks what a server asks for: TCP, TLS, SASL, frames, HTTP. A wire knows nothing
//! of the messages that it carries and never sends one twice after the server may have
//! acted on it.

mod error;
mod framed;
mod hint;
mod http;
mod options;
mod sasl;
mod secret;
mod tcp;
mod tls;

pub use error::WireError;
pub use hint::hint;
pub use options::{
    Auth, Authorities, Endpoint, Identity, Kerberos, NoEndpoint, Options, Protection, Tls,
    Transport,
};
pub use secret::Secret;

/// A connection that carries one request and one answer at a time.
///
/// A request is written and ended with [`std::io::Write::flush`]: a framed, SASL or HTTP
/// wire sends the whole message then. The answer is read until the protocol above has
/// enough.
pub trait Wire: std::io::Read + std::io::Write + Send {}

impl<W: std::io::Read + std::io::Write + Send> Wire for W {}

/// Connects to a server and proves to it who we are, as `options` say.
///
/// # Errors
/// One error that says how far it got; [`hint`] names the setting to look at.
pub fn dial(endpoint: &Endpoint, options: &Options) -> Result<Box<dyn Wire>, WireError> {
    if let Transport::Http { path } = &options.transport {
        return Ok(Box::new(http::HttpWire::new(endpoint, path, options)?));
    }
    let stream = tcp::connect(endpoint, options)?;
    let wire: Box<dyn Wire> = match &options.tls {
        Some(tls) => Box::new(tls::wrap(stream, endpoint, tls)?),
        None => Box::new(stream),
    };
    let wire = match &options.auth {
        Auth::None | Auth::Claimed { .. } => wire,
        auth => return sasl::negotiate(wire, endpoint, auth),
    };
    Ok(match &options.transport {
        Transport::Framed => Box::new(framed::FramedWire::new(wire)),
        Transport::Buffered | Transport::Http { .. } => wire,
    })
}
