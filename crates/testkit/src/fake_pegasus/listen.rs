//! Streams: calls and HTTP come in on the same port.

use std::sync::Arc;

use boatlift_clients::pegasus::rpc::Rpc;
use boatlift_clients::pegasus::wire::{
    CodecError, MessageKind, Request, ThriftType, decode_request, encode_response, request_length,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Node, Shared, commands, http, meta_calls, replica_calls};

/// What a server does with a request.
pub(super) enum Answer {
    /// Answers with these bytes.
    Frame(Vec<u8>),
    /// Says nothing and goes on.
    Silence,
    /// Ends itself: no stream of its is any good.
    Death(String),
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
    let name = format!("{}_ACK", request.name);
    Answer::Frame(encode_response("ERR_OK", &name, request.sequence, Some(value)))
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
        drop(stream.set_nodelay(true));
        streams.spawn(serve(stream, Arc::clone(&shared), node));
        while streams.try_join_next().is_some() {}
    }
}

/// Serves one stream to its end.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    shared: Arc<Shared>,
    node: Node,
) {
    let mut start = [0; 20];
    while stream.read_exact(&mut start).await.is_ok() {
        if start.starts_with(b"GET ") {
            let answer = http::answer(&mut stream, &start, &shared, node).await;
            drop(stream.write_all(answer.as_bytes()).await);
            return;
        }
        let Ok(length) = request_length(&start) else { return };
        let mut frame = start.to_vec();
        let rest = (length - start.len()) as u64;
        if (&mut stream).take(rest).read_to_end(&mut frame).await.is_err() {
            return;
        }
        match answer(&frame, &shared, node) {
            Ok(Answer::Frame(bytes)) if stream.write_all(&bytes).await.is_ok() => {}
            Ok(Answer::Silence) => {}
            Ok(Answer::Death(reason)) => {
                shared.world().death = Some(reason);
                return;
            }
            _ => return,
        }
    }
}

fn answer(frame: &[u8], shared: &Arc<Shared>, node: Node) -> Result<Answer, CodecError> {
    let request = decode_request(frame)?;
    if shared.world().death.is_some() {
        return Err(CodecError::Frame("the server has ended itself"));
    }
    let known = match (request.name.as_str(), node) {
        ("RPC_CLI_CLI_CALL", _) => Some(commands::answer(&request, shared, node)),
        (_, Node::Meta(index)) => meta_calls::answer(&request, shared, index),
        (_, Node::Replica(index)) => replica_calls::answer(&request, shared, index),
    };
    match request.kind {
        MessageKind::OneWay => Ok(Answer::Silence),
        _ => known.unwrap_or_else(|| Ok(refusal(&request, "ERR_HANDLER_NOT_FOUND"))),
    }
}
