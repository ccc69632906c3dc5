//! Connections: a thread for each, until it is cut.

use super::calls::{self, Answer};
use super::script::{Act, Moment, Script};
use super::speech::Speech;
use super::world::World;
use boatlift_clients::thrift::{
    Header, Limits, MessageKind, Struct, decode_message, encode_message,
};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What all connections share.
pub(super) struct Shared {
    speech: Speech,
    world: Mutex<World>,
    script: Mutex<Script>,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    open: Vec<TcpStream>,
    away_until: Option<Instant>,
    is_closed: bool,
}

impl Shared {
    pub(super) fn new(world: World, speech: Speech) -> Shared {
        let world = Mutex::new(world);
        Shared { speech, world, script: Mutex::default(), connections: Mutex::default() }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection so that it can be cut; false when it is to be refused.
    fn takes(&self, stream: &TcpStream) -> bool {
        let mut connections = self.connections();
        let is_away = connections.away_until.is_some_and(|until| Instant::now() < until);
        if connections.is_closed || is_away {
            return false;
        }
        connections.open.extend(stream.try_clone());
        true
    }

    fn cut_all(&self, away: Duration) {
        let mut connections = self.connections();
        connections.away_until = Some(Instant::now() + away);
        for stream in connections.open.drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    pub(super) fn wait_until_back(&self) {
        let until = self.connections().away_until;
        let span = until.map(|until| until.saturating_duration_since(Instant::now()));
        std::thread::sleep(span.unwrap_or_default());
    }

    /// Ends the listening.
    pub(super) fn close(&self, port: u16) {
        self.connections().is_closed = true;
        self.cut_all(Duration::ZERO);
        // The listener waits for a connection.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
    }
}

/// Serves connections until the server is closed.
pub(super) fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        if shared.connections().is_closed {
            return;
        }
        if shared.takes(&stream) {
            let shared = Arc::clone(shared);
            // It ends with its connection, which is cut at the latest when the server goes.
            std::thread::spawn(move || serve(stream, &shared));
        }
    }
}

/// Whether a connection goes on.
enum Then {
    GoOn,
    Cut,
}

fn serve(mut stream: TcpStream, shared: &Shared) {
    drop(stream.set_nodelay(true));
    while let Ok(body) = shared.speech.request(&mut stream) {
        let read = match body {
            Some(body) => decode_message(&mut &body[..], &Limits::default()),
            None => decode_message(&mut stream, &Limits::default()),
        };
        let Ok((header, arguments)) = read else { break };
        let Some(answer) = carry_out(shared, &header, &arguments) else { break };
        if shared.speech.answer(&mut stream, &answer).is_err() {
            break;
        }
    }
    drop(stream.shutdown(Shutdown::Both));
}

/// Carries a call out; `None` when the connection is cut.
fn carry_out(shared: &Shared, header: &Header, arguments: &Struct) -> Option<Vec<u8>> {
    // Whoever watches sees one call at a time.
    let mut world = shared.world();
    let call = shared.script().note(&header.name, arguments);
    let before = shared.script().due(&call, Moment::Before);
    if let Then::Cut = act(shared, before, &mut world) {
        return None;
    }
    let answer = calls::answer(&mut world, &header.name, arguments);
    let watcher = shared.script().watcher.take();
    if let Some(mut watcher) = watcher {
        watcher(&world, &call);
        shared.script().watcher.get_or_insert(watcher);
    }
    let after = shared.script().due(&call, Moment::After);
    if let Then::Cut = act(shared, after, &mut world) {
        return None;
    }
    drop(world);
    let (kind, body) = match answer {
        Answer::Reply(body) => (MessageKind::Reply, body),
        Answer::Unable { kind, message } => {
            (MessageKind::Exception, Struct::new().with(1, message).with(2, kind))
        }
    };
    let mut message = Vec::new();
    let header = Header { kind, name: header.name.clone(), sequence: header.sequence };
    encode_message(&mut message, &header, &body).expect("an answer that can be written");
    Some(message)
}

fn act(shared: &Shared, act: Option<Act>, world: &mut World) -> Then {
    match act {
        None => return Then::GoOn,
        Some(Act::Wait(span)) => std::thread::sleep(span),
        Some(Act::Meanwhile(work)) => work(world),
        Some(Act::Cut) => return Then::Cut,
        Some(Act::CutAfter(work)) => {
            work();
            return Then::Cut;
        }
        Some(Act::Restart(away)) => {
            shared.cut_all(away);
            return Then::Cut;
        }
    }
    Then::GoOn
}
