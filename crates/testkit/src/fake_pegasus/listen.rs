//! Streams: calls and HTTP come in on the same port.

use std::sync::Arc;

use boatlift_clients::pegasus::rpc::Rpc;
use boatlift_clients::pegasus::wire::{
    CodecError, MessageKind, Request, ThriftType, decode_request, encode_response, request_length,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::world::Health;
use super::{Node, Security, Shared, commands, http, meta_calls, replica_calls};

/// The longest head of a question over HTTP, in bytes.
const LONGEST_HEAD: usize = 1 << 16;

/// What a server does with a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// Answers with these bytes.
    Frame(Vec<u8>),
    /// Says nothing and goes on.
    Silence,
    /// Answers with these bytes and closes the stream.
    Last(Vec<u8>),
    /// Ends itself: no stream of its is any good.
    Death(String),
}

/// When there is an answer.
pub(super) enum Outcome {
    /// At once.
    Now(Answer),
    /// When a write is committed; never, when it is given up.
    Later(oneshot::Receiver<Answer>),
}

/// What an answer needs of its request.
pub(super) struct Reply {
    name: String,
    sequence: i32,
}

impl Reply {
    pub(super) fn to(request: &Request<'_>) -> Self {
        Self { name: format!("{}_ACK", request.name), sequence: request.sequence }
    }

    /// The answer with a result.
    pub(super) fn with<T: ThriftType>(&self, value: &T) -> Answer {
        Answer::Frame(encode_response("ERR_OK", &self.name, self.sequence, Some(value)))
    }
}

/// Carries out a call whose result is always there.
pub(super) fn reply<C: Rpc>(
    request: &Request<'_>,
    carry_out: impl FnOnce(C::Request) -> C::Response,
) -> Result<Answer, CodecError> {
    Ok(result(request, &carry_out(request.argument()?)))
}

/// The answer with a result.
pub(super) fn result<T: ThriftType>(request: &Request<'_>, value: &T) -> Answer {
    Reply::to(request).with(value)
}

/// The answer of a server that does not take the request.
pub(super) fn refusal(request: &Request<'_>, code: &str) -> Answer {
    let name = format!("{}_ACK", request.name);
    Answer::Frame(encode_response::<i32>(code, &name, request.sequence, None))
}

/// Takes connections until it is dropped.
pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>, node: Node) {
    let mut streams = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        if matches!(shared.health(node), Health::Dead(_)) {
            continue;
        }
        drop(stream.set_nodelay(true));
        streams.spawn(serve(stream, Arc::clone(&shared), node));
        while streams.try_join_next().is_some() {}
    }
}

/// Serves one stream to its end. Answers come in the order in which they are ready.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: Arc<Shared>,
    node: Node,
) {
    let (mut reading, mut writing) = tokio::io::split(stream);
    let (answers, mut ready) = mpsc::unbounded_channel();
    let mut waiting = JoinSet::new();
    let read = async {
        while let Some(frame) = next_request(&mut reading).await {
            let begun = match shared.health(node) {
                Health::Well => begin(&frame, &shared, node),
                Health::Frozen => Ok(Outcome::Now(Answer::Silence)),
                Health::Dead(_) => return,
            };
            let answer = match begun {
                Ok(Outcome::Later(answer)) => {
                    let answers = answers.clone();
                    waiting.spawn(async move {
                        // One that was given up is never answered.
                        if let Ok(answer) = answer.await {
                            drop(answers.send(answer));
                        }
                    });
                    continue;
                }
                Ok(Outcome::Now(answer)) => answer,
                Err(_) => return,
            };
            drop(answers.send(answer));
        }
    };
    let write = async {
        while let Some(answer) = ready.recv().await {
            let bytes = match answer {
                Answer::Silence => continue,
                Answer::Frame(bytes) | Answer::Last(bytes)
                    if shared.health(node) != Health::Well =>
                {
                    drop(bytes);
                    return;
                }
                Answer::Frame(bytes) => bytes,
                Answer::Last(bytes) => {
                    drop(writing.write_all(&bytes).await);
                    return;
                }
                Answer::Death(reason) => {
                    shared.world().death = Some(reason);
                    return;
                }
            };
            if writing.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    // A stream that was read to its end is closed for both.
    tokio::select! { () = read => {}, () = write => {} }
}

/// A whole request: a frame, or the head of a question over HTTP.
pub(super) async fn next_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut start = [0; 20];
    stream.read_exact(&mut start).await.ok()?;
    let mut frame = start.to_vec();
    if start.starts_with(b"GET ") {
        while !frame.ends_with(b"\r\n\r\n") && frame.len() < LONGEST_HEAD {
            frame.push(stream.read_u8().await.ok()?);
        }
        return Some(frame);
    }
    let rest = request_length(&start).ok()? - start.len();
    stream.take(rest as u64).read_to_end(&mut frame).await.ok()?;
    Some(frame)
}

/// Begins to carry out a request.
fn begin(frame: &[u8], shared: &Arc<Shared>, node: Node) -> Result<Outcome, CodecError> {
    if shared.world().death.is_some() {
        return Err(CodecError::Frame("the server has ended itself"));
    }
    if frame.starts_with(b"GET ") {
        return Ok(Outcome::Now(http::answer(frame, shared, node)));
    }
    let request = decode_request(frame)?;
    if shared.settings.security == Security::Sasl {
        return Ok(Outcome::Now(refusal(&request, "ERR_UNAUTHENTICATED")));
    }
    let known = match (request.name.as_str(), node) {
        ("RPC_CLI_CLI_CALL", _) => Some(commands::answer(&request, shared, node).map(Outcome::Now)),
        (_, Node::Meta(index)) => {
            let answer = meta_calls::answer(&request, shared, index);
            answer.map(|answer| answer.map(Outcome::Now))
        }
        (_, Node::Replica(index)) => replica_calls::answer(&request, shared, index),
    };
    match request.kind {
        MessageKind::OneWay => Ok(Outcome::Now(Answer::Silence)),
        _ => known.unwrap_or_else(|| Ok(Outcome::Now(refusal(&request, "ERR_HANDLER_NOT_FOUND")))),
    }
}
