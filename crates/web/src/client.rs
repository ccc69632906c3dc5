//! The client of a running move's API: one connection, one request at a time, blocking.

use crate::problem::{MEDIA_TYPE, Problem};
use crate::socket;
use boatlift_core::command::Signed;
use boatlift_core::event::Note;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::state::StateDir;
use boatlift_engine::status::Status;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a running move may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const ANSWER_BYTES: usize = 64 << 20;

/// A connection to a running move.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to the process that runs the move.
    ///
    /// # Errors
    /// [`Code::NotRunning`] when there is none; [`Code::ControlRefused`] when it is another
    /// user's.
    pub fn connect(state: &StateDir) -> Result<Client> {
        let stream = socket::connect(state)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(lost)?;
        let sender = runtime.block_on(async {
            let stream = tokio::net::UnixStream::from_std(stream).map_err(lost)?;
            let (sender, connection) =
                http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
            tokio::spawn(connection);
            Ok::<_, Error>(sender)
        })?;
        Ok(Client { runtime, sender })
    }

    /// The state of the move, live.
    ///
    /// # Errors
    /// When the answer does not come or cannot be read.
    pub fn status(&mut self) -> Result<Status> {
        read(&self.ask(Method::GET, "/v1/status", Bytes::new())?)
    }

    /// The items that need attention, all or those in one state.
    ///
    /// # Errors
    /// The same.
    pub fn items(&mut self, state: Option<&str>) -> Result<Vec<Note>> {
        let path = match state {
            Some(state) => format!("/v1/items?state={state}"),
            None => "/v1/items".to_owned(),
        };
        read(&self.ask(Method::GET, &path, Bytes::new())?)
    }

    /// Gives a command.
    ///
    /// # Errors
    /// What the running move said, or that the answer did not come: the command may have
    /// been taken then.
    pub fn command(&mut self, signed: &Signed) -> Result<()> {
        let body = serde_json::to_vec(signed).map_err(lost)?;
        self.ask(Method::POST, "/v1/commands", body.into()).map(drop)
    }

    fn ask(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(lost)?;
        let Client { runtime, sender } = self;
        runtime.block_on(async {
            tokio::time::timeout(ANSWER_WITHIN, exchange(sender, request)).await.map_err(lost)?
        })
    }
}

async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Bytes> {
    sender.ready().await.map_err(lost)?;
    let answer = sender.send_request(request).await.map_err(lost)?;
    let status = answer.status();
    let is_problem = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await.map_err(lost)?;
    let body = body.to_bytes();
    match (status.is_success(), is_problem) {
        (true, _) => Ok(body),
        (false, true) => Err(read::<Problem>(&body)?.error),
        (false, false) => Err(lost(status)),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(lost)
}

fn lost(reason: impl Display) -> Error {
    Error::new(Code::ControlRefused, "cannot speak with the running move").because(reason)
}
