//! One stream to a server, with many requests under way: answers come in any order.
//!
//! Two tasks serve it and end with it. A caller that goes away leaves nothing behind; an
//! answer that nobody waits for is dropped.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::dial::Stream;
use super::wire::{LARGEST_FRAME, decode_response};

/// Requests that may wait for the stream to take them.
const QUEUED: usize = 64;

/// One stream to a server.
#[derive(Debug)]
pub(super) struct Connection {
    outgoing: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Mutex<Waiting>>,
    sequence: AtomicI32,
    _tasks: JoinSet<()>,
}

/// Who waits for an answer, by number.
#[derive(Debug)]
struct Waiting {
    callers: HashMap<i32, oneshot::Sender<Vec<u8>>>,
    /// Why the stream is no longer of use.
    ended: Option<String>,
    /// When the last answer came.
    heard: Option<Instant>,
}

fn locked(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        let (reading, writing) = tokio::io::split(stream);
        let (outgoing, requests) = mpsc::channel(QUEUED);
        let waiting =
            Arc::new(Mutex::new(Waiting { callers: HashMap::new(), ended: None, heard: None }));
        let mut tasks = JoinSet::new();
        let (of_reader, of_writer) = (Arc::clone(&waiting), Arc::clone(&waiting));
        tasks.spawn(async move { end(&of_reader, read_answers(reading, &of_reader).await) });
        tasks.spawn(async move { end(&of_writer, write_requests(writing, requests).await) });
        Self { outgoing, waiting, sequence: AtomicI32::new(0), _tasks: tasks }
    }

    /// Whether it is of no more use.
    pub(super) fn has_ended(&self) -> bool {
        locked(&self.waiting).ended.is_some()
    }

    /// Whether no answer has come since.
    pub(super) fn is_silent_since(&self, begun: Instant) -> bool {
        locked(&self.waiting).heard.is_none_or(|heard| heard < begun)
    }

    /// The number of the next request.
    pub(super) fn next_sequence(&self) -> i32 {
        self.sequence.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Sends a request and waits for the frame of its answer.
    ///
    /// # Errors
    /// Why the stream ended before.
    pub(super) async fn ask(&self, sequence: i32, request: Vec<u8>) -> Result<Vec<u8>, String> {
        let (caller, answer) = oneshot::channel();
        {
            let mut waiting = locked(&self.waiting);
            if let Some(reason) = &waiting.ended {
                return Err(reason.clone());
            }
            waiting.callers.insert(sequence, caller);
        }
        let _place = Place { waiting: &self.waiting, sequence };
        self.tell(request).await?;
        answer.await.map_err(|_| self.reason())
    }

    /// Sends a request that has no answer.
    ///
    /// # Errors
    /// Why the stream has ended.
    pub(super) async fn tell(&self, request: Vec<u8>) -> Result<(), String> {
        self.outgoing.send(request).await.map_err(|_| self.reason())
    }

    fn reason(&self) -> String {
        let reason = locked(&self.waiting).ended.clone();
        reason.unwrap_or_else(|| "it was closed".to_owned())
    }
}

/// A caller's place, given up when the caller goes.
struct Place<'a> {
    waiting: &'a Mutex<Waiting>,
    sequence: i32,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        locked(self.waiting).callers.remove(&self.sequence);
    }
}

fn end(waiting: &Mutex<Waiting>, how: io::Result<()>) {
    let reason = match how {
        Ok(()) => "the server closed it".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut waiting = locked(waiting);
    waiting.ended.get_or_insert(reason);
    waiting.callers.clear();
}

async fn write_requests(
    mut stream: impl AsyncWrite + Unpin,
    mut requests: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(request) = requests.recv().await {
        stream.write_all(&request).await?;
        stream.flush().await?;
    }
    Ok(())
}

async fn read_answers(
    mut stream: impl AsyncRead + Unpin,
    waiting: &Mutex<Waiting>,
) -> io::Result<()> {
    let mut length = [0; 4];
    loop {
        match stream.read_exact(&mut length).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        };
        let frame = read_frame(&mut stream, length).await?;
        let sequence = decode_response(&frame).map_err(io::Error::other)?.sequence;
        let caller = {
            let mut waiting = locked(waiting);
            waiting.heard = Some(Instant::now());
            waiting.callers.remove(&sequence)
        };
        if let Some(caller) = caller {
            // The caller may just have gone.
            let _ = caller.send(frame);
        }
    }
}

/// Reads what follows a length; memory grows with what came, not with what was promised.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin), start: [u8; 4]) -> io::Result<Vec<u8>> {
    let length = u32::from_be_bytes(start) as usize;
    if !(start.len()..=LARGEST_FRAME).contains(&length) {
        let reason = format!("an answer of {length} bytes is none of Pegasus");
        return Err(io::Error::other(reason));
    }
    let mut frame = start.to_vec();
    stream.take((length - start.len()) as u64).read_to_end(&mut frame).await?;
    match frame.len() == length {
        true => Ok(frame),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
