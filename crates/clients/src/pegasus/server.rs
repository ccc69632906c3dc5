//! One server, meta or replica: calls, and what it says over HTTP on the same port.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::connection::Connection;
use super::dial::{Dialer, Stream};
use super::error::PegasusError;
use super::rpc::Rpc;
use super::wire::{
    ErrorCode, Gpid, Head, HeadVersion, LARGEST_FRAME, MessageKind, ThriftType, decode_response,
    encode_request,
};
use crate::wire::Endpoint;

/// What a server says that was not told who asks.
const UNAUTHENTICATED: &str = "ERR_UNAUTHENTICATED";

/// How servers are spoken to.
#[derive(Debug, Clone)]
pub struct Options {
    /// How streams are opened.
    pub dialer: Dialer,
    /// The longest wait for one answer, connecting included. Connecting alone may take half of
    /// it, so that there is time for the next server.
    pub call_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { dialer: Dialer::tcp(), call_timeout: Duration::from_secs(10) }
    }
}

/// Which partition a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// None: the request is for the server.
    Server,
    /// A partition.
    Partition {
        /// The partition.
        gpid: Gpid,
        /// The hash of the key; 0 where the request has no single hash key.
        hash: u64,
    },
}

/// One server. Dropping a call gives it up.
#[derive(Debug)]
pub struct Server {
    endpoint: Endpoint,
    options: Options,
    connection: Mutex<Option<Arc<Connection>>>,
}

impl Server {
    /// A server that is not connected to yet.
    pub fn new(endpoint: Endpoint, options: Options) -> Self {
        Self { endpoint, options, connection: Mutex::new(None) }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How it is spoken to.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Makes a call once.
    ///
    /// # Errors
    /// When there is no answer, or one without a result. An error *in* the result is not
    /// looked at here.
    pub async fn call<C: Rpc>(
        &self,
        place: Place,
        request: &C::Request,
    ) -> Result<C::Response, PegasusError> {
        let server = || self.endpoint.clone();
        let limit = self.options.call_timeout;
        let begun = Instant::now();
        let answer = timeout(limit, self.exchange::<C>(place, request)).await;
        let frame = answer.map_err(|_| self.late(C::NAME, begun))??;
        let malformed =
            |error| PegasusError::Malformed { call: C::NAME.to_owned(), server: server(), error };
        let response = decode_response(&frame).map_err(malformed)?;
        match response.error == ErrorCode::OK {
            true => response.result().map_err(malformed),
            false if response.error == UNAUTHENTICATED => {
                Err(PegasusError::Secured { call: C::NAME.to_owned(), server: server() })
            }
            false => Err(PegasusError::Refused {
                call: C::NAME.to_owned(),
                server: server(),
                code: ErrorCode(response.error),
            }),
        }
    }

    /// Sends a request that has no answer.
    ///
    /// # Errors
    /// When it cannot be sent in time.
    pub async fn tell<T: ThriftType>(
        &self,
        name: &str,
        place: Place,
        argument: &T,
    ) -> Result<(), PegasusError> {
        let begun = Instant::now();
        let sent = timeout(self.options.call_timeout, async {
            let connection = self.connected(name).await?;
            let head = self.head(place);
            let sequence = connection.next_sequence();
            let request = encode_request(&head, MessageKind::OneWay, name, sequence, argument);
            connection.tell(request).await.map_err(|reason| self.lost(name, reason))
        });
        sent.await.map_err(|_| self.late(name, begun))?
    }

    /// A call without an answer. A stream on which nothing at all came since is taken for dead:
    /// the next call opens another one.
    fn late(&self, call: &str, begun: Instant) -> PegasusError {
        self.current().take_if(|connection| connection.is_silent_since(begun));
        let (call, server) = (call.to_owned(), self.endpoint.clone());
        PegasusError::Timeout { call, server, after: self.options.call_timeout }
    }

    async fn exchange<C: Rpc>(
        &self,
        place: Place,
        request: &C::Request,
    ) -> Result<Vec<u8>, PegasusError> {
        let connection = self.connected(C::NAME).await?;
        let head = self.head(place);
        let sequence = connection.next_sequence();
        let request = encode_request(&head, MessageKind::Call, C::NAME, sequence, request);
        if request.len() > LARGEST_FRAME {
            let (call, server) = (C::NAME.to_owned(), self.endpoint.clone());
            return Err(PegasusError::TooLong { call, server, bytes: request.len() });
        }
        let answer = connection.ask(sequence, request).await;
        answer.map_err(|reason| self.lost(C::NAME, reason))
    }

    fn lost(&self, call: &str, reason: String) -> PegasusError {
        PegasusError::Lost { call: call.to_owned(), server: self.endpoint.clone(), reason }
    }

    fn head(&self, place: Place) -> Head {
        let (gpid, hash) = match place {
            Place::Server => (Gpid { app_id: 0, partition_index: 0 }, 0),
            Place::Partition { gpid, hash } => (gpid, hash),
        };
        let milliseconds = self.options.call_timeout.as_millis();
        Head {
            version: HeadVersion::Zero,
            app_id: gpid.app_id,
            partition_index: gpid.partition_index,
            timeout_milliseconds: i32::try_from(milliseconds).unwrap_or(i32::MAX),
            thread_hash: gpid.thread_hash(),
            partition_hash: hash,
        }
    }

    /// The connection, a new one if there is none of use.
    async fn connected(&self, call: &str) -> Result<Arc<Connection>, PegasusError> {
        let current = self.current().clone();
        if let Some(connection) = current.filter(|connection| !connection.has_ended()) {
            return Ok(connection);
        }
        let stream = self.dial(call).await?;
        // Of two callers that connect at once, the later one's stream stays.
        let connection = Arc::new(Connection::new(stream));
        *self.current() = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Opens a stream. That takes at most half of a call: nothing was sent then.
    pub(super) async fn dial(&self, call: &str) -> Result<Box<dyn Stream>, PegasusError> {
        let limit = self.options.call_timeout / 2;
        let dialled = timeout(limit, self.options.dialer.dial(self.endpoint.clone())).await;
        dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| {
            PegasusError::Connect { call: call.to_owned(), server: self.endpoint.clone(), error }
        })
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Arc<Connection>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
