//! The mover: tables of one Pegasus cluster, duplicated to another and handed over.

use crate::cluster::Clusters;
use crate::config::{Authority, Mode, PegasusConfig};
use crate::copy::CopyLane;
use crate::cutover::{Guarded, PegasusCutover, Promise};
use crate::inventory::{Shared, TablesStore};
use crate::lane::DuplicationLane;
use crate::plan;
use boatlift_clients::pegasus::Options;
use boatlift_clients::wire::Endpoint;
use boatlift_clients::zookeeper::{self, Nodes, ZooKeeper};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Lane, Step};
use boatlift_core::mover::{Group, Mover, Route, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::Policy;
use boatlift_core::saga::Cutover;
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The longest wait for an answer of ZooKeeper.
pub(crate) const ZOOKEEPER_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest wait for an answer of Pegasus in a cutover.
pub(crate) const CUTOVER_TIMEOUT: Duration = Duration::from_secs(2);
/// What the roots begin with.
const SCHEME: &str = "pegasus://";

impl PegasusConfig {
    /// A side's meta servers in one line.
    pub(crate) fn metas(&self, side: Side) -> String {
        match side {
            Side::Lower => self.lower.metas_in_line(),
            Side::Upper => self.upper.metas_in_line(),
        }
    }
}

/// How servers are reached.
#[derive(Debug)]
pub struct Access {
    /// What drives conversations.
    pub runtime: Arc<Runtime>,
    /// How Pegasus is spoken to.
    pub options: Options,
    /// ZooKeeper, where entries there lead clients.
    pub nodes: Option<Arc<dyn Nodes>>,
}

/// A move of tables of Pegasus.
pub struct PegasusMover {
    shared: Arc<Shared>,
    cutover: PegasusCutover,
    cutover_back: PegasusCutover,
}

impl PegasusMover {
    /// The move `name` that `config` describes; what a person decides about its cutover is kept
    /// in the state directory. Nothing is connected to yet.
    ///
    /// # Errors
    /// When the system gives no threads to speak with servers.
    pub fn new(config: PegasusConfig, name: &str, state: Option<&Path>) -> Result<PegasusMover> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(Code::Bug, "cannot start threads for servers").because(error)
        })?;
        let servers = |authority: &Authority| -> Vec<Endpoint> {
            authority.zookeeper.iter().map(|server| server.0.clone()).collect()
        };
        let nodes = config.authority.as_ref().map(|authority| {
            // A switch that hangs uses up the window in which it may still be undone.
            let options = zookeeper::Options {
                call_timeout: ZOOKEEPER_TIMEOUT,
                ..zookeeper::Options::default()
            };
            Arc::new(ZooKeeper::new(&servers(authority), options)) as Arc<dyn Nodes>
        });
        let access = Access { runtime: Arc::new(runtime), options: Options::default(), nodes };
        Ok(PegasusMover::by(access, config, name, state))
    }

    /// The same, by ways of the caller's.
    #[must_use]
    pub fn by(
        access: Access,
        config: PegasusConfig,
        name: &str,
        state: Option<&Path>,
    ) -> PegasusMover {
        let call_timeout = access.options.call_timeout.min(CUTOVER_TIMEOUT);
        let quick = Options { call_timeout, ..access.options.clone() };
        let state = state.map(Path::to_owned);
        let shared = |options: &Options| {
            let clusters = Clusters::new(&config, options, Arc::clone(&access.runtime));
            let (state, nodes) = (state.clone(), access.nodes.clone());
            Arc::new(Shared { clusters, config: config.clone(), state, nodes })
        };
        let back = {
            let clusters = Clusters::new(&config, &quick, Arc::clone(&access.runtime)).exchanged();
            let (state, nodes) = (state.clone(), access.nodes.clone());
            Arc::new(Shared { clusters, config: config.exchanged(), state, nodes })
        };
        let (there, shared) = (shared(&quick), shared(&access.options));
        let views = [&there, &back, &shared].map(Arc::clone);
        let cutover = PegasusCutover::new(views, access.nodes.clone(), name);
        // Rows are never copied back.
        let views = [&back, &there, &back].map(Arc::clone);
        let cutover_back = PegasusCutover::new(views, access.nodes, name);
        PegasusMover { shared, cutover, cutover_back }
    }

    /// Guards a cutover of this move from any host, without its state.
    ///
    /// # Errors
    /// [`Code::Usage`] where a person leads clients, or when no fence stands and the promise could
    /// not be kept.
    pub fn guard_from_afar(&self, promise: Promise) -> Result<Guarded> {
        let guarded = self.cutover.guard_from_afar(&self.cutover_back, promise);
        self.shared.clusters.wait(guarded)
    }

    /// Opens the roots of this mover.
    #[must_use]
    pub fn opener(&self) -> Arc<dyn Opener> {
        Arc::new(PegasusOpener { shared: Arc::clone(&self.shared) })
    }

    fn url(&self, side: Side) -> String {
        format!("{SCHEME}{}", self.shared.config.metas(side))
    }
}

impl Mover for PegasusMover {
    fn name(&self) -> &'static str {
        "pegasus"
    }

    fn groups(&self) -> Vec<Group> {
        let route = Route { lower: self.url(Side::Lower), upper: self.url(Side::Upper) };
        vec![Group { name: "tables".to_owned(), routes: vec![route], remakes: false }]
    }

    fn stages(&self, _: u32) -> &'static [Stage] {
        plan::STAGES
    }

    fn step(&self, _: u32, stage: usize, entry: &Entry<'_>, _: &Policy) -> Option<Step> {
        plan::step(stage, entry)
    }

    fn cutover(&self) -> Option<&dyn Cutover> {
        Some(&self.cutover)
    }

    fn cutover_back(&self) -> Option<&dyn Cutover> {
        Some(&self.cutover_back)
    }
}

/// Opens the roots of a Pegasus move.
struct PegasusOpener {
    shared: Arc<Shared>,
}

impl Opener for PegasusOpener {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        let metas = url.strip_prefix(SCHEME);
        let sides = [Side::Lower, Side::Upper].into_iter();
        let mut found = sides.filter(|side| metas == Some(&*self.shared.config.metas(*side)));
        let side = found.next().ok_or_else(|| {
            Error::new(Code::RootUnsupported, "cannot open").on(url).because("no such cluster")
        })?;
        Ok(Arc::new(TablesStore { side, shared: Arc::clone(&self.shared) }))
    }

    fn make(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn lane(&self, _: Arc<dyn Store>, _: Arc<dyn Store>) -> Arc<dyn Lane> {
        let shared = Arc::clone(&self.shared);
        match shared.config.mode {
            Mode::Duplication => Arc::new(DuplicationLane::new(shared)),
            Mode::Copy => Arc::new(CopyLane { shared }),
        }
    }
}
