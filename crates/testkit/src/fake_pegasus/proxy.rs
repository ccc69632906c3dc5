//! A meta-proxy, with what is bad about the real one: it ends at a change that it cannot read,
//! and after its session with ZooKeeper was lost it goes on with what it knows.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use boatlift_clients::pegasus::rpc::{QueryConfig, Rpc};
use boatlift_clients::pegasus::structs::{QueryConfigRequest, QueryConfigResponse};
use boatlift_clients::pegasus::wire::decode_request;
use boatlift_clients::pegasus::{Dialer, Meta, Options, Stream};
use boatlift_clients::wire::Endpoint;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::listen::{Answer, next_request, refusal, result};
use super::simulated_ports;
use crate::fake_zookeeper::{Watch, WatchEvent, Watched};

/// Meta servers that it needs to know of a cluster.
const FEWEST_METAS: usize = 2;

/// How a meta-proxy is set up.
#[derive(Clone)]
pub struct ProxySettings {
    /// Where the nodes are.
    pub nodes: Arc<dyn Watched>,
    /// The node above those of the tables.
    pub root: String,
    /// Tables that it remembers.
    pub capacity: usize,
    /// How it speaks to meta servers.
    pub options: Options,
}

/// A meta-proxy; it ends when it is dropped.
pub struct FakeProxy {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

struct Shared {
    settings: ProxySettings,
    port: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The tables that are known, the one asked for last at the end.
    known: Vec<(String, Entry)>,
    panic: Option<String>,
    watchers: JoinSet<()>,
}

#[derive(Clone)]
struct Entry {
    metas: Vec<Endpoint>,
}

impl FakeProxy {
    /// Starts one on a free port. The real ones always use 34601.
    pub async fn start(settings: ProxySettings) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let mut proxy = Self::on(port, settings);
        let shared = Arc::clone(&proxy.shared);
        proxy.tasks.spawn(async move {
            let mut streams = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                streams.spawn(serve(stream, Arc::clone(&shared)));
                while streams.try_join_next().is_some() {}
            }
        });
        proxy
    }

    /// Starts one that only [`through`](Self::through) finds: for a paused clock.
    #[must_use]
    pub fn simulated(settings: ProxySettings) -> Self {
        Self::on(simulated_ports(1), settings)
    }

    fn on(port: u16, settings: ProxySettings) -> Self {
        let shared = Arc::new(Shared { settings, port, state: Mutex::default() });
        Self { shared, tasks: JoinSet::new() }
    }

    /// Where it is.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new("127.0.0.1", self.shared.port)
    }

    /// Why it ended, if it did.
    #[must_use]
    pub fn panic(&self) -> Option<String> {
        self.shared.state().panic.clone()
    }

    /// Starts it again: it knows nothing.
    pub fn restart(&self) {
        *self.shared.state() = State::default();
    }

    /// Streams to this proxy without a network, and to all else as before.
    #[must_use]
    pub fn through(&self, others: Dialer) -> Dialer {
        let shared = Arc::downgrade(&self.shared);
        Dialer::by(move |endpoint| {
            let found = shared.upgrade().filter(|shared| shared.port == endpoint.port);
            let Some(found) = found else { return others.dial(endpoint) };
            Box::pin(async move {
                if found.state().panic.is_some() {
                    return Err(std::io::ErrorKind::ConnectionRefused.into());
                }
                let (ours, theirs) = tokio::io::duplex(1 << 16);
                tokio::spawn(serve(theirs, found));
                Ok(Box::new(ours) as Box<dyn Stream>)
            })
        })
    }
}

impl Drop for FakeProxy {
    fn drop(&mut self) {
        // Whoever follows a node holds what it would end with.
        self.restart();
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, shared: Arc<Shared>) {
    while let Some(frame) = next_request(&mut stream).await {
        let Ok(request) = decode_request(&frame) else { return };
        let answer = match request.argument::<QueryConfigRequest>() {
            Ok(asked) if request.name == QueryConfig::NAME => {
                result(&request, &shared.answer(&asked).await)
            }
            _ => refusal(&request, "ERR_HANDLER_NOT_FOUND"),
        };
        let Answer::Frame(bytes) = answer else { return };
        if shared.state().panic.is_some() || stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self: &Arc<Self>, asked: &QueryConfigRequest) -> QueryConfigResponse {
        let answer = match self.find(&asked.app_name).await {
            Ok(entry) if entry.metas.len() < FEWEST_METAS => Err("ERR_INVALID_DATA".to_owned()),
            Ok(entry) => {
                let meta = Meta::new(entry.metas, &self.settings.options);
                match meta.query_config(&asked.app_name).await {
                    Ok(config) => config.ok_or_else(|| "ERR_OBJECT_NOT_FOUND".to_owned()),
                    Err(error) => Err(error.code().unwrap_or("ERR_TIMEOUT").to_owned()),
                }
            }
            Err(code) => Err(code.to_owned()),
        };
        answer.unwrap_or_else(|code| QueryConfigResponse {
            err: code.as_str().into(),
            app_id: 0,
            partition_count: 0,
            is_stateful: false,
            partitions: Vec::new(),
        })
    }

    async fn find(self: &Arc<Self>, table: &str) -> Result<Entry, &'static str> {
        if let Some(entry) = self.state().remembered(table) {
            return Ok(entry);
        }
        let path = format!("{}/{table}", self.settings.root);
        let read = self.settings.nodes.read_and_watch(&path).await;
        let (bytes, watch) = match read {
            Err(_) => return Err("ERR_ZOOKEEPER_OPERATION"),
            Ok(None) => return Err("ERR_OBJECT_NOT_FOUND"),
            Ok(Some(read)) => read,
        };
        let entry = understood(&bytes).ok_or("ERR_INVALID_DATA")?;
        let mut state = self.state();
        state.known.push((table.to_owned(), entry.clone()));
        if state.known.len() > self.settings.capacity {
            state.known.remove(0);
        }
        state.watchers.spawn(follow(Arc::clone(self), table.to_owned(), path, watch));
        Ok(entry)
    }
}

/// Hears of changes of one node, until the session is lost.
async fn follow(shared: Arc<Shared>, table: String, path: String, mut watch: Watch) {
    while watch.await == WatchEvent::Changed {
        let read = shared.settings.nodes.read_and_watch(&path).await;
        let entry = match &read {
            Ok(Some((bytes, _))) => understood(bytes).ok_or("its JSON cannot be read"),
            Ok(None) => Err("it is gone"),
            Err(_) => Err("ZooKeeper does not answer"),
        };
        let mut state = shared.state();
        match (entry, read) {
            (Ok(entry), Ok(Some((_, next)))) => {
                let known = state.known.iter_mut().find(|(known, _)| *known == table);
                if let Some((_, known)) = known {
                    *known = entry;
                }
                watch = next;
            }
            (Err(reason), _) => {
                state.panic = Some(format!("the node {path} changed, and {reason}"));
                return;
            }
            _ => return,
        }
    }
}

impl State {
    fn remembered(&mut self, table: &str) -> Option<Entry> {
        let at = self.known.iter().position(|(known, _)| known == table)?;
        let found = self.known.remove(at);
        self.known.push(found.clone());
        Some(found.1)
    }
}

fn understood(bytes: &[u8]) -> Option<Entry> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    json.get("cluster_name")?.as_str()?;
    let metas = json.get("meta_addrs")?.as_str()?.split(',');
    let metas: Result<Vec<_>, _> = metas.map(str::parse).collect();
    Some(Entry { metas: metas.ok()? })
}
