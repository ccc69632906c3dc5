//! The cutover: LOWER's tables refuse writes, every decree that may hold one is proved to be on
//! UPPER, and clients are led there; or back, with the clusters exchanged.
//!
//! A cluster compares no terms. A process that stood still and wakes up may raise the fence once
//! more: it looks at its deadline right behind that, and lifts what it raised. Its switch fails,
//! since spoiling uses up what it is compared with.

mod afar;
mod authority;
mod compared;
mod drain;
mod fence;
mod knobs;
mod person;
mod readers;
mod reverse;
mod standing;
mod tail;

use crate::config::Mode;
use crate::copy;
use crate::duplication;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::mover::{CUTOVER_TIMEOUT, ZOOKEEPER_TIMEOUT};
use crate::preflight::{self, Looks, Window};
use authority::Authority;
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::zookeeper::Nodes;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect,
};
use boatlift_core::side::Side;
use standing::Proofs;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub use afar::{End, Guarded, Promise};
pub use person::say_switched;

/// What setting the authority takes at worst.
const SWITCH: Duration = ZOOKEEPER_TIMEOUT;
/// What an undo takes beside the servers' sync: spoiling the switch, and one answer that is long
/// in coming.
const UNDO_TALK: Duration = CUTOVER_TIMEOUT.saturating_add(Duration::from_millis(1_500));
/// Between two looks at whether a step is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// So long what was counted of servers is still believed: a cutover looks twice before it begins.
const COUNTED_FOR: Duration = Duration::from_secs(60);
/// For how much longer than a config sync takes a partition may go on taking writes behind the fence.
const FENCE_SLACK: Duration = Duration::from_secs(2);
/// What UPPER's table knows of where it is fed from. A partition that is lost later would else
/// be filled once more from LOWER.
const FED: [&str; 4] = [
    "duplication.master_cluster",
    "duplication.master_metas",
    "duplication.master_app_name",
    "duplication.follower_app_status",
];

/// Hands the users of a move's tables over.
pub(crate) struct PegasusCutover {
    shared: Arc<Shared>,
    /// The same with the clusters exchanged.
    other: Arc<Shared>,
    /// The same as `shared`, with the patience that rows are read with.
    rows: Arc<Shared>,
    authority: Authority,
    /// Leads names of records that never were: a probe asks for them.
    unused: String,
    /// How often LOWER's servers were found to look for variables, by server.
    looks: Mutex<Option<Counted>>,
}

/// What counting came to, by server, and when.
#[derive(Debug, Clone)]
struct Counted {
    looks: BTreeMap<String, Looks>,
    at: Instant,
}

impl PegasusCutover {
    /// The cutover of the move `name` from `shared.clusters.lower`, which reads and sets entries
    /// through `nodes`; `other` knows the clusters exchanged, and `rows` has the patience that rows
    /// are read with.
    pub(crate) fn new(
        [shared, other, rows]: [Arc<Shared>; 3],
        nodes: Option<Arc<dyn Nodes>>,
        name: &str,
    ) -> PegasusCutover {
        let authority = Authority::new(&shared, nodes);
        let unused = format!("boatlift.{name}.never");
        PegasusCutover { shared, other, rows, authority, unused, looks: Mutex::default() }
    }

    /// The side that users are led to.
    fn to(&self) -> Side {
        self.shared.clusters.upper.side
    }

    async fn window(&self) -> Result<Window> {
        let lower = &self.shared.clusters.lower;
        let looks = self.counted().map(|counted| counted.looks).unwrap_or_default();
        let window = Window::of(lower, &self.shared.config.cutover, &looks).await?;
        Ok(match self.shared.config.mode {
            Mode::Duplication => window,
            Mode::Copy => window.comparing_for(copy::foreseen(&self.shared).await?),
        })
    }

    /// The same, after looks of servers were counted: anew, unless that was done a moment ago.
    async fn window_counted(&self) -> Result<Window> {
        if self.counted().is_none_or(|counted| counted.at.elapsed() >= COUNTED_FOR) {
            let looks = preflight::looks_of(&self.shared.clusters.lower).await?;
            let counted = Counted { looks, at: Instant::now() };
            *self.looks.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
        }
        self.window().await
    }

    fn counted(&self) -> Option<Counted> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has the fence come and go quickly, prepares the way back, or what it leads to, and leaves
    /// nothing from before the fence that only a later write would bring over.
    async fn arm(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let mut evidence = knobs::turn(&self.shared, context).await?;
        match self.to() {
            Side::Upper if reverse::is_wanted(context.evidence) => {
                evidence = in_time(reverse::prepare(&self.other, evidence), context).await?;
            }
            Side::Upper => {}
            Side::Lower => in_time(readers::serve(&self.shared, &self.unused), context).await?,
        }
        if self.shared.config.mode == Mode::Copy {
            return Ok(evidence);
        }
        let cured = tail::ship(&self.shared, context).await?;
        Ok(evidence.with("cured_tails", cured))
    }

    /// Takes back what Arm did, or may have done.
    async fn disarm(&self, evidence: &BTreeMap<SagaStep, Evidence>) -> Result<()> {
        let started = tail::start_again(&self.shared, evidence).await;
        let turned = knobs::restore(&self.shared, evidence).await;
        let back = match self.to() {
            Side::Upper if reverse::is_wanted(evidence) => {
                reverse::remove(&self.other, evidence).await
            }
            Side::Upper => Ok(()),
            Side::Lower => readers::refuse(&self.shared, evidence).await,
        };
        turned.and(started).and(back)
    }

    async fn fence(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let patience = in_time(self.window(), context).await?.sync + FENCE_SLACK;
        fence::raise(&self.shared, &self.unused, patience, context).await
    }

    /// Reads what the later steps and their undo go back to.
    async fn precheck(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let mut evidence = knobs::note(&self.shared, Evidence::default()).await?;
        for table in &self.shared.config.tables {
            let app = self.shared.clusters.lower.table_there(table).await?;
            evidence = fence::note(&app, evidence);
        }
        evidence = match self.to() {
            Side::Upper if self.shared.config.cutover.keep_reverse => {
                reverse::note(&self.other, evidence).await?
            }
            Side::Upper => evidence,
            Side::Lower => {
                reverse::is_unbroken(&self.shared, context).await?;
                readers::note(&self.shared, evidence).await?
            }
        };
        self.authority.note(&self.shared, context, evidence).await
    }

    /// Takes the tables apart: LOWER feeds UPPER no longer, and UPPER's forget that it did.
    async fn release(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let clusters = &self.shared.clusters;
        for table in &self.shared.config.tables {
            if let Some(entry) = duplication::find(clusters, table).await? {
                let (meta, removed) = (&clusters.lower.meta, DuplicationStatus::Removed);
                let asked = meta.set_duplication_status(table, entry.dupid, removed).await;
                asked.map_err(failed("cannot remove a duplication"))?;
            }
            if self.to() == Side::Lower {
                continue;
            }
            let upper = clusters.upper.table_there(table).await?;
            let fed: Vec<&str> =
                FED.into_iter().filter(|key| upper.envs.contains_key(*key)).collect();
            if !fed.is_empty() {
                let asked = clusters.upper.meta.delete_envs(table, &fed).await;
                asked.map_err(failed("cannot delete variables of a table"))?;
            }
        }
        knobs::restore(&self.shared, context.evidence).await?;
        let evidence = Evidence::default().with("duplications", "removed");
        if !reverse::is_wanted(context.evidence) {
            return Ok(evidence);
        }
        sleep(self.shared.config.cutover.stragglers.0).await;
        readers::refuse_alone(&self.shared).await?;
        Ok(evidence.with("lower", readers::REFUSE_READS))
    }

    async fn conditions_now(&self) -> Result<Vec<Condition>> {
        let mut all = match self.to() {
            Side::Upper => preflight::of_mode(&self.shared).await?,
            Side::Lower => reverse::conditions(&self.shared).await?,
        };
        if self.to() == Side::Upper && self.shared.config.cutover.keep_reverse {
            all.push(reverse::cost(&self.shared));
        }
        if self.shared.config.mode == Mode::Duplication {
            for table in &self.shared.config.tables {
                all.push(drain::near(&self.shared, table).await?);
            }
        }
        all.extend(self.authority.conditions(&self.shared).await?);
        all.push(Condition {
            what: "how long writes will be refused is foreseen".to_owned(),
            holds: true,
            seen: self.window_counted().await?.to_string(),
        });
        Ok(all)
    }
}

/// What is known before anything is changed: that entries could lead clients one day. A ZooKeeper
/// that does not answer is no finding yet.
///
/// # Errors
/// When a cluster does not say its name.
pub(crate) async fn entries_stand(shared: &Shared) -> Result<Vec<Condition>> {
    match Authority::new(shared, shared.nodes.clone()) {
        Authority::Entries(entries) => entries.stand(shared).await,
        Authority::Person(_) => Ok(Vec::new()),
    }
}

/// Gives a conversation up when the step is to end, also while a server does not answer: an answer
/// may take longer than what is left of the window.
async fn in_time<T>(
    conversation: impl Future<Output = Result<T>>,
    context: &CutoverContext<'_>,
) -> Result<T> {
    let late = async {
        while !(context.halted)() {
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        biased;
        told = conversation => told,
        () = late => Err(Error::new(Code::DeadlinePassed, "the step was not complete in time")),
    }
}

impl Cutover for PegasusCutover {
    fn conditions(&self) -> Result<Vec<Condition>> {
        self.shared.clusters.wait(self.conditions_now())
    }

    fn latencies(&self) -> Result<Latencies> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let window = self.shared.clusters.wait(self.window())?;
        Ok(Latencies {
            window_ms: millis(window.length() + self.authority.decided_within(&self.shared)),
            switch_ms: millis(SWITCH),
            undo_ms: millis(window.sync + UNDO_TALK),
        })
    }

    fn reverse_ms(&self) -> u64 {
        let settings = &self.shared.config.cutover;
        match settings.keep_reverse {
            true => u64::try_from(settings.reverse_window.0.as_millis()).unwrap_or(u64::MAX),
            false => 0,
        }
    }

    fn proves_by_itself(&self) -> bool {
        true
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        let shared = &self.shared;
        shared.clusters.wait(async {
            match step {
                SagaStep::Precheck => self.precheck(context).await,
                SagaStep::Arm => self.arm(context).await,
                SagaStep::Fence => self.fence(context).await,
                SagaStep::Drain => match shared.config.mode {
                    Mode::Duplication => {
                        in_time(drain::prove(shared, &self.unused, context), context).await
                    }
                    Mode::Copy => {
                        in_time(compared::prove(&self.rows, &self.unused, context), context).await
                    }
                },
                SagaStep::Verify => Ok(Evidence::default()),
                SagaStep::Switch => {
                    let proofs = Proofs { shared, unused: &self.unused, context };
                    self.authority.switch(&proofs).await
                }
                SagaStep::Guard => {
                    self.authority.prove(shared).await?;
                    fence::close(shared).await
                }
                SagaStep::Release => self.release(context).await,
            }
        })
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.shared.clusters.wait(self.authority.read(context))
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.shared.clusters.wait(self.authority.spoil(context))
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        let shared = &self.shared;
        shared.clusters.wait(async {
            match step {
                SagaStep::Fence => fence::lift(shared, &self.unused, context.evidence).await,
                SagaStep::Arm => self.disarm(context.evidence).await,
                _ => Err(Error::new(Code::Bug, "cannot undo").on(step)),
            }
        })
    }
}
