//! The cutover: LOWER's tables refuse writes, every decree that may hold one is proved to be on
//! UPPER, and clients are led there.
//!
//! A cluster compares no terms. A process that stood still and wakes up may raise the fence once
//! more: it looks at its deadline right behind that, and lifts what it raised. Its switch fails,
//! since spoiling uses up what it is compared with.

mod authority;
mod drain;
mod fence;
mod knobs;
mod person;

use crate::duplication;
use crate::failures::failed;
use crate::inventory::Shared;
use crate::mover::{CUTOVER_TIMEOUT, ZOOKEEPER_TIMEOUT};
use crate::preflight::{self, Window};
use authority::Authority;
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::zookeeper::Nodes;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

pub use person::say_switched;

/// What setting the authority takes at worst.
const SWITCH: Duration = ZOOKEEPER_TIMEOUT;
/// What an undo takes beside the servers' sync: spoiling the switch, and one answer that is long
/// in coming.
const UNDO_TALK: Duration = CUTOVER_TIMEOUT.saturating_add(Duration::from_millis(1_500));
/// Between two looks at whether a step is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
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
    authority: Authority,
    /// Leads names of records that never were: a probe asks for them.
    unused: String,
}

impl PegasusCutover {
    /// The cutover of the move `name`, which reads and sets entries through `nodes`.
    pub(crate) fn new(
        shared: Arc<Shared>,
        nodes: Option<Arc<dyn Nodes>>,
        name: &str,
    ) -> PegasusCutover {
        let authority = Authority::new(&shared, nodes);
        PegasusCutover { shared, authority, unused: format!("boatlift.{name}.never") }
    }

    fn window(&self) -> Result<Window> {
        let clusters = &self.shared.clusters;
        clusters.wait(Window::of(&clusters.lower, &self.shared.config.cutover))
    }

    /// Reads what the later steps and their undo go back to.
    async fn precheck(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let mut evidence = knobs::note(&self.shared, Evidence::default()).await?;
        for table in &self.shared.config.tables {
            let app = self.shared.clusters.lower.table_there(table).await?;
            evidence = fence::note(&app, evidence);
        }
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
            let upper = clusters.upper.table_there(table).await?;
            let fed: Vec<&str> =
                FED.into_iter().filter(|key| upper.envs.contains_key(*key)).collect();
            if !fed.is_empty() {
                let asked = clusters.upper.meta.delete_envs(table, &fed).await;
                asked.map_err(failed("cannot delete variables of a table"))?;
            }
        }
        knobs::restore(&self.shared, context.evidence).await?;
        Ok(Evidence::default().with("duplications", "removed"))
    }

    async fn conditions_now(&self) -> Result<Vec<Condition>> {
        let mut all = preflight::of_tables(&self.shared).await?;
        for table in &self.shared.config.tables {
            all.push(drain::near(&self.shared, table).await?);
        }
        all.extend(self.authority.conditions(&self.shared).await?);
        Ok(all)
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
        let mut all = self.shared.clusters.wait(self.conditions_now())?;
        let window = self.window()?;
        all.push(Condition {
            what: "how long writes will be refused is foreseen".to_owned(),
            holds: true,
            seen: window.to_string(),
        });
        Ok(all)
    }

    fn latencies(&self) -> Latencies {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match self.window() {
            Ok(window) => Latencies {
                window_ms: millis(window.length()),
                switch_ms: millis(SWITCH),
                undo_ms: millis(window.sync + UNDO_TALK),
            },
            // Nothing is promised of servers that do not answer.
            Err(_) => Latencies { window_ms: u64::MAX, switch_ms: 0, undo_ms: 0 },
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
                SagaStep::Arm => knobs::turn(shared, context).await,
                SagaStep::Fence => fence::raise(shared, &self.unused, context).await,
                SagaStep::Drain => {
                    let proof = drain::prove(shared, &self.unused, context);
                    in_time(proof, context).await
                }
                SagaStep::Verify => Ok(Evidence::default()),
                SagaStep::Switch => self.authority.switch(context).await,
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
                SagaStep::Arm => knobs::restore(shared, context.evidence).await,
                _ => Err(Error::new(Code::Bug, "cannot undo").on(step)),
            }
        })
    }
}
