//! What clients follow, and how it is made to name UPPER: the entries that meta-proxies read in
//! ZooKeeper, or a person.

use super::person::{BEGUN, Person};
use super::standing::Proofs;
use crate::cluster::{CLUSTER_NAME, Cluster};
use crate::config;
use crate::inventory::Shared;
use crate::preflight;
use crate::safeguards::{Safeguard, Safeguards};
use boatlift_clients::pegasus::{Meta, PegasusError, ProxyEntry, Routing, ask_proxy};
use boatlift_clients::thrift::Effect;
use boatlift_clients::wire::Endpoint;
use boatlift_clients::zookeeper::{Change, Node, NodeVersion, Nodes, ZooKeeperError};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::{Condition, CutoverContext, Evidence, SagaStep, SwitchEffect};
use boatlift_core::side::Side;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Between two rounds in which the meta-proxies are asked.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// For how long proxies may take to follow before the step is said to fail, and tried again.
const FOLLOW_WITHIN: Duration = Duration::from_secs(5);

/// What clients follow.
pub(super) enum Authority {
    /// Entries in ZooKeeper, one for each table.
    Entries(Entries),
    /// A person, who leads them by other means.
    Person(Person),
}

/// The entries of a move's tables.
pub(super) struct Entries {
    pub(super) nodes: Arc<dyn Nodes>,
    pub(super) config: config::Authority,
    pub(super) tables: Vec<String>,
    /// UPPER's meta servers, as entries shall name them.
    upper_metas: Vec<Endpoint>,
    /// Whence clients are led.
    from: Side,
    safeguards: Safeguards,
}

/// Names of what Precheck keeps of the entry of a table, and of UPPER.
fn version_of(table: &str) -> String {
    format!("version:{table}")
}
fn bytes_of(table: &str) -> String {
    format!("entry:{table}")
}
const UPPER: &str = "upper";

impl Authority {
    /// What the move file names, spoken to through `nodes`.
    pub(super) fn new(shared: &Shared, nodes: Option<Arc<dyn Nodes>>) -> Authority {
        let config = &shared.config;
        let (Some(authority), Some(nodes)) = (&config.authority, nodes) else {
            let state = shared.state.clone().unwrap_or_default();
            return Authority::Person(Person { state, to: shared.clusters.upper.side });
        };
        let metas = authority.metas(&config.upper.metas);
        Authority::Entries(Entries {
            nodes,
            config: authority.clone(),
            from: shared.clusters.lower.side,
            tables: config.tables.clone(),
            upper_metas: metas.iter().map(|server| server.0.clone()).collect(),
            safeguards: config.cutover.safeguards,
        })
    }

    /// What must hold before clients can be led.
    pub(super) async fn conditions(&self, shared: &Shared) -> Result<Vec<Condition>> {
        match self {
            Authority::Entries(entries) => entries.conditions(shared).await,
            Authority::Person(_) => Ok(vec![Condition {
                what: format!("somebody leads clients to {}", shared.clusters.upper.side),
                holds: true,
                seen: format!(
                    "no `authority` is configured: a person, who has {} once UPPER has every write",
                    shared.config.cutover.manual_window
                ),
            }]),
        }
    }

    /// How long it may take until it is known that clients are led over: a person has to do it.
    pub(super) fn decided_within(&self, shared: &Shared) -> Duration {
        match self {
            Authority::Entries(_) => Duration::ZERO,
            Authority::Person(_) => shared.config.cutover.manual_window.0,
        }
    }

    /// Notes what the switch is compared with.
    pub(super) async fn note(
        &self,
        shared: &Shared,
        context: &CutoverContext<'_>,
        evidence: Evidence,
    ) -> Result<Evidence> {
        let evidence = evidence.with(BEGUN, context.term.0);
        match self {
            Authority::Entries(entries) => entries.note(shared, evidence).await,
            Authority::Person(_) => Ok(evidence),
        }
    }

    /// Leads clients over, if what was proved of the tables still holds. The proof of one table
    /// alone has just been made.
    pub(super) async fn switch(&self, proofs: &Proofs<'_>) -> Result<Evidence> {
        match self {
            Authority::Entries(entries) => {
                if entries.tables.len() > 1 {
                    proofs.still_hold().await?;
                }
                entries.switch(proofs.context).await
            }
            Authority::Person(person) => {
                person.switch(proofs.context, async || proofs.still_hold().await).await
            }
        }
    }

    pub(super) async fn read(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        match self {
            Authority::Entries(entries) => entries.read(context).await,
            Authority::Person(person) => person.read(context),
        }
    }

    pub(super) async fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        match self {
            Authority::Entries(entries) => entries.spoil(context).await,
            Authority::Person(person) => person.spoil(context),
        }
    }

    /// Waits until every proxy leads to UPPER.
    pub(super) async fn prove(&self, shared: &Shared) -> Result<()> {
        match self {
            Authority::Entries(entries) => entries.followed(shared).await,
            Authority::Person(_) => Ok(()),
        }
    }
}

impl Entries {
    /// The entry of a table. Without one no proxy leads anybody.
    pub(super) async fn entry(&self, table: &str) -> Result<(Node, ProxyEntry)> {
        let path = self.config.path_of(table);
        let node = self.nodes.read(&path).await.map_err(failed("cannot read where clients go"))?;
        let node = node.ok_or_else(|| {
            Error::new(Code::NotReady, "cannot lead clients:")
                .on(&path)
                .because("ZooKeeper has no such node; is `authority.root` the meta-proxies' own?")
        })?;
        let entry = ProxyEntry::read(&node.bytes).map_err(|error| {
            Error::new(Code::NotReady, "cannot lead clients:").on(&path).because(error)
        })?;
        Ok((node, entry))
    }

    async fn conditions(&self, shared: &Shared) -> Result<Vec<Condition>> {
        let lower = shared.clusters.lower.name().await?;
        let mut all = vec![self.leads_somewhere(shared).await?];
        all.extend(preflight::no_proxy_is_asked(&self.config));
        for table in &self.tables {
            let told = self.leads_from(table, &lower).await;
            all.push(
                told.unwrap_or_else(|error| {
                    self.condition(table, &lower, false, error.to_string())
                }),
            );
            all.extend(self.proxies(&shared.clusters.lower, table).await?);
        }
        Ok(all)
    }

    /// Those that ZooKeeper answers about by now, and whether they lead clients to LOWER.
    pub(super) async fn stand(&self, shared: &Shared) -> Result<Vec<Condition>> {
        let lower = shared.clusters.lower.name().await?;
        let asked = self.tables.iter().map(|table| self.leads_from(table, &lower));
        Ok(join_all(asked).await.into_iter().flatten().collect())
    }

    /// Whether the entry of a table leads clients to LOWER, and can lead them to UPPER.
    ///
    /// # Errors
    /// When ZooKeeper does not answer.
    async fn leads_from(&self, table: &str, lower: &str) -> Result<Condition> {
        let (holds, seen) = match self.entry(table).await {
            Ok((_, entry)) if entry.cluster_name() != lower => {
                (false, format!("it names the cluster `{}`", entry.cluster_name()))
            }
            Ok((node, entry)) => match entry.pointing_to("upper", &self.upper_metas) {
                Ok(_) => (true, format!("version {}", node.stat.version)),
                Err(error) => (false, error.to_string()),
            },
            Err(error) if error.code == Code::NotReady => (false, error.to_string()),
            Err(error) => return Err(error),
        };
        Ok(self.condition(table, lower, holds, seen))
    }

    fn condition(&self, table: &str, lower: &str, holds: bool, seen: String) -> Condition {
        let (path, from) = (self.config.path_of(table), self.from);
        let what = format!("{path} leads clients to {from} (`{lower}`)");
        Condition { what, holds, seen }
    }

    /// Whether every meta server that the entries will name is one of UPPER's.
    async fn leads_somewhere(&self, shared: &Shared) -> Result<Condition> {
        let upper = &shared.clusters.upper;
        let name = upper.name().await?;
        let asked = self.upper_metas.iter().map(|meta| async move {
            let asked = Meta::new([meta.clone()], upper.options()).cluster_info().await;
            (meta, asked)
        });
        let mut against = Vec::new();
        for (meta, answer) in join_all(asked).await {
            match answer {
                Ok(about) if about.get(CLUSTER_NAME) == Some(&name) => {}
                // One that does not lead says so, and nothing else.
                Err(PegasusError::NoLeader { last, .. })
                    if last.code() == Some("ERR_FORWARD_TO_OTHERS") => {}
                Ok(_) => against.push(format!("{meta} is another cluster's")),
                Err(error) => against.push(error.to_string()),
            }
        }
        Ok(Condition {
            what: format!("entries will name meta servers of {}'s", upper.side),
            holds: against.is_empty(),
            seen: match against.is_empty() {
                true => format!("{} answer", self.upper_metas.len()),
                false => against.join("; "),
            },
        })
    }

    /// Whether each proxy leads the clients of a table to `cluster`: one that lost its session with
    /// ZooKeeper goes on with what it knew.
    async fn proxies(&self, cluster: &Cluster, table: &str) -> Result<Vec<Condition>> {
        let side = cluster.side;
        let wanted = cluster.open(table).await?.config();
        let asked = self.config.proxies.iter().map(|proxy| {
            let wanted = Arc::clone(&wanted);
            async move { (proxy, ask_proxy(&proxy.0, cluster.options(), table, &wanted).await) }
        });
        let answers = join_all(asked).await.into_iter();
        Ok(answers
            .map(|(proxy, answer)| Condition {
                what: format!("the meta-proxy {proxy} leads clients of `{table}` to {side}"),
                holds: matches!(answer, Ok(Routing::Wanted)),
                seen: match answer {
                    Ok(Routing::Wanted) => "it does".to_owned(),
                    Ok(Routing::Other { app_id, .. }) => {
                        format!("it names the table {app_id} of another cluster")
                    }
                    Ok(Routing::Missing) => "it finds no such table".to_owned(),
                    Err(error) => error.to_string(),
                },
            })
            .collect())
    }

    async fn note(&self, shared: &Shared, mut evidence: Evidence) -> Result<Evidence> {
        let lower = shared.clusters.lower.name().await?;
        evidence = evidence.with(UPPER, shared.clusters.upper.name().await?);
        for table in &self.tables {
            let (node, entry) = self.entry(table).await?;
            if entry.cluster_name() != lower {
                let name = entry.cluster_name();
                return Err(Error::new(Code::NotReady, "cannot lead clients:")
                    .on(self.config.path_of(table))
                    .because(format!("it names the cluster `{name}` by now")));
            }
            let bytes = String::from_utf8_lossy(&node.bytes);
            evidence =
                evidence.with(&version_of(table), node.stat.version).with(&bytes_of(table), bytes);
        }
        Ok(evidence)
    }

    /// The version that the entry of a table had at Precheck.
    fn noted(&self, context: &CutoverContext<'_>, table: &str) -> Result<NodeVersion> {
        let told = context.fact(SagaStep::Precheck, &version_of(table))?;
        let version = told.parse().map_err(|_| Error::new(Code::Bug, "no version").on(told))?;
        Ok(NodeVersion(version))
    }

    /// All entries at once, or none: each is still as Precheck read it.
    async fn switch(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let upper = context.fact(SagaStep::Precheck, UPPER)?;
        let mut changes = Vec::new();
        for table in &self.tables {
            let before = context.fact(SagaStep::Precheck, &bytes_of(table))?;
            let entry = ProxyEntry::read(before.as_bytes());
            let bytes = entry.and_then(|entry| entry.pointing_to(upper, &self.upper_metas));
            let bytes = bytes.map_err(|error| {
                Error::new(Code::SagaFailed, "cannot lead clients").on(table).because(error)
            })?;
            let (path, expected) = (self.config.path_of(table), self.noted(context, table)?);
            changes.push(Change { path, bytes, expected });
        }
        self.nodes.compare_and_set_all(&changes).await.map_err(failed("cannot lead clients"))?;
        Ok(Evidence::default().with("clients", upper))
    }

    async fn read(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let upper = context.fact(SagaStep::Precheck, UPPER)?;
        let mut effect = SwitchEffect::NotTaken;
        let (mut there, mut here) = (Vec::new(), Vec::new());
        for table in &self.tables {
            let (node, entry) = self.entry(table).await?;
            match entry.cluster_name() == upper {
                true => there.push(table.as_str()),
                false => here.push(table.as_str()),
            }
            // All are set together: one that was set since keeps the others from it.
            if node.stat.version != self.noted(context, table)? {
                effect = SwitchEffect::Spoiled;
            }
        }
        match (there.is_empty(), here.is_empty()) {
            (true, _) => Ok(effect),
            (false, true) => Ok(SwitchEffect::Taken),
            (false, false) => Err(Error::new(Code::SagaStuck, "clients are led apart:")
                .because(format!(
                    "somebody else led those of {} to `{upper}`, and not those of {}; set the \
                     entries of the former back, or of the latter too",
                    there.join(", "),
                    here.join(", ")
                ))
                .retry(Retry::Later)),
        }
    }

    /// Uses up the version that a switch compares with: the entry is set to what it is.
    async fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let effect = self.read(context).await?;
        if effect != SwitchEffect::NotTaken {
            return Ok(effect);
        }
        let Some(table) = self.tables.first() else { return Ok(SwitchEffect::Spoiled) };
        if !self.safeguards.has(Safeguard::Spoiling) {
            return Ok(SwitchEffect::Spoiled);
        }
        let (node, _) = self.entry(table).await?;
        let path = self.config.path_of(table);
        let set = self.nodes.compare_and_set(&path, &node.bytes, self.noted(context, table)?).await;
        match set {
            // Whoever set it first has used it up.
            Ok(_) | Err(ZooKeeperError::Conflict { .. }) => self.read(context).await,
            Err(error) => Err(failed("cannot make a pending switch impossible")(error)),
        }
    }

    async fn followed(&self, shared: &Shared) -> Result<()> {
        let begun = tokio::time::Instant::now();
        loop {
            let mut stale = Vec::new();
            for table in &self.tables {
                let proxies = self.proxies(&shared.clusters.upper, table).await?;
                stale.extend(proxies.into_iter().filter(|proxy| !proxy.holds));
            }
            if stale.is_empty() {
                return Ok(());
            }
            if begun.elapsed() >= FOLLOW_WITHIN {
                let told: Vec<String> =
                    stale.iter().map(|proxy| format!("{}: {}", proxy.what, proxy.seen)).collect();
                return Err(Error::new(Code::SagaFailed, "not every meta-proxy follows its entry")
                    .because(format!("{}; restart those, they lost ZooKeeper", told.join("; ")))
                    .retry(Retry::Later));
            }
            sleep(ASK_EVERY).await;
        }
    }
}

pub(super) fn failed(tried: &'static str) -> impl Fn(ZooKeeperError) -> Error {
    move |error| {
        let code = match &error {
            ZooKeeperError::Connect { .. }
            | ZooKeeperError::Timeout { .. }
            | ZooKeeperError::Lost { .. } => Code::ServerUnreachable,
            _ => Code::ServerFailed,
        };
        let retry = match error.effect() {
            Effect::Unknown => Retry::LookFirst,
            Effect::None => Retry::Later,
        };
        Error::new(code, tried).because(error).retry(retry)
    }
}
