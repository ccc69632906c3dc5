//! Streams to servers: TCP, or whatever a test puts in its place.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::wire::Endpoint;

/// Bytes in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A stream, when it is open.
pub type Dialled = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

/// How streams are opened.
#[derive(Clone)]
pub struct Dialer(Arc<dyn Fn(Endpoint) -> Dialled + Send + Sync>);

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialer")
    }
}

impl Default for Dialer {
    fn default() -> Self {
        Self::tcp()
    }
}

impl Dialer {
    /// Over TCP.
    pub fn tcp() -> Self {
        Self::by(|endpoint| {
            Box::pin(async move {
                let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream) as Box<dyn Stream>)
            })
        })
    }

    /// By a function, as a simulated network has one.
    pub fn by(dial: impl Fn(Endpoint) -> Dialled + Send + Sync + 'static) -> Self {
        Self(Arc::new(dial))
    }

    /// Opens a stream.
    pub fn dial(&self, endpoint: Endpoint) -> Dialled {
        (self.0)(endpoint)
    }
}
