//! A guard that has nothing but the move file, on any host: it sees the fence on LOWER itself, and
//! takes it down when it has stood for as long as was promised.
//!
//! It knows nothing of the run: not since when exactly writes are refused, nor whether the switch was
//! asked for. So it makes the switch impossible first, and leaves everything when clients follow
//! UPPER already. A run that goes on meanwhile finds its switch refused, and undoes the rest.

use super::authority::{Authority, Entries};
use super::{PegasusCutover, UNDO_TALK, fence, knobs};
use boatlift_clients::zookeeper::ZooKeeperError;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{Evidence, SagaStep};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at LOWER's tables.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between two attempts to take a fence down.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// For how long a guard stands by, and what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// For how long writes may be refused.
    pub max_reject: Duration,
    /// For how long a fence is waited for; without it only one that stands now is watched.
    pub wait: Option<Duration>,
}

/// What a guard saw or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// No fence stands.
    Nothing,
    /// The fence came down by itself.
    LiftedByRun,
    /// Clients follow UPPER: LOWER stays fenced.
    HandedOver,
    /// The guard took the fence down, and what was noted before it stood is as it was.
    Lifted,
    /// The same, but what else was changed was not known.
    LiftedOnly,
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Guarded::Nothing => "nothing to guard: no fence stands",
            Guarded::LiftedByRun => "the fence came down by itself",
            Guarded::HandedOver => "clients follow UPPER, and LOWER stays fenced",
            Guarded::Lifted => "lifted: LOWER takes writes again, and the switch is impossible",
            Guarded::LiftedOnly => {
                "lifted: LOWER takes writes again, and the switch is impossible; what else the \
                 cutover had changed (balancer, config sync) was not known here: the move's next \
                 run takes it back"
            }
        })
    }
}

impl PegasusCutover {
    /// Watches LOWER until a fence has ended, and ends it when it stands for too long.
    ///
    /// # Errors
    /// [`Code::Usage`] where a person leads clients, or when the promise cannot be kept; otherwise
    /// when a cluster does not answer before any fence stands.
    pub(crate) async fn guard_from_afar(&self, promise: Promise) -> Result<Guarded> {
        let Authority::Entries(entries) = &self.authority else {
            return Err(Error::new(Code::Usage, "cannot guard without the move's state:").because(
                "a person leads the clients, and only the state says whether that was done",
            ));
        };
        let undo = self.window_counted().await?.sync + UNDO_TALK;
        let patience = promise.max_reject.checked_sub(undo).ok_or_else(|| {
            Error::new(Code::Usage, "cannot promise to refuse writes for at most")
                .on(format!("{} s", promise.max_reject.as_secs_f64()))
                .because(format!("here it takes {} s to lift a fence", undo.as_secs_f64()))
        })?;
        let noted = if self.fenced().await? { None } else { Some(self.noted().await?) };
        let begun = Instant::now();
        let mut since = None;
        loop {
            match (self.fenced().await, since) {
                (Ok(true), None) => since = Some(Instant::now()),
                (Ok(false), Some(_)) => return self.ended(entries).await,
                (Ok(false), None) if promise.wait.is_none_or(|wait| begun.elapsed() >= wait) => {
                    return Ok(Guarded::Nothing);
                }
                // Whether the fence stands is asked again, and the time runs on.
                (Ok(_) | Err(_), _) => {}
            }
            if since.is_some_and(|since| since.elapsed() >= patience) {
                return Ok(self.lift_for_certain(entries, noted).await);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether a table refuses writes as a cutover has it.
    async fn fenced(&self) -> Result<bool> {
        for table in &self.shared.config.tables {
            let app = self.shared.clusters.lower.table_there(table).await?;
            if fence::is_raised(&app) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the cutover will change, as it is before.
    async fn noted(&self) -> Result<BTreeMap<SagaStep, Evidence>> {
        let mut evidence = knobs::note(&self.shared, Evidence::default()).await?;
        for table in &self.shared.config.tables {
            let app = self.shared.clusters.lower.table_there(table).await?;
            evidence = fence::note(&app, evidence);
        }
        Ok(BTreeMap::from([(SagaStep::Precheck, evidence)]))
    }

    async fn ended(&self, entries: &Entries) -> Result<Guarded> {
        match entries.lead_to_upper(&self.shared).await? {
            true => Ok(Guarded::HandedOver),
            false => Ok(Guarded::LiftedByRun),
        }
    }

    /// Tries until the fence is down, or clients are known to follow UPPER.
    async fn lift_for_certain(
        &self,
        entries: &Entries,
        noted: Option<BTreeMap<SagaStep, Evidence>>,
    ) -> Guarded {
        loop {
            match self.lift_unless_switched(entries, noted.as_ref()).await {
                Ok(guarded) => return guarded,
                Err(error) => tracing::warn!(%error, "the fence is not down yet"),
            }
            sleep(RETRY_EVERY).await;
        }
    }

    async fn lift_unless_switched(
        &self,
        entries: &Entries,
        noted: Option<&BTreeMap<SagaStep, Evidence>>,
    ) -> Result<Guarded> {
        if entries.lead_to_upper(&self.shared).await? {
            return Ok(Guarded::HandedOver);
        }
        entries.use_up().await?;
        if entries.lead_to_upper(&self.shared).await? {
            return Ok(Guarded::HandedOver);
        }
        let nothing = BTreeMap::new();
        fence::lift(&self.shared, &self.unused, noted.unwrap_or(&nothing)).await?;
        match noted {
            None => Ok(Guarded::LiftedOnly),
            Some(noted) => knobs::restore(&self.shared, noted).await.map(|()| Guarded::Lifted),
        }
    }
}

impl Entries {
    /// Whether clients of all tables are led to UPPER; of none, they are not.
    async fn lead_to_upper(&self, shared: &crate::inventory::Shared) -> Result<bool> {
        let upper = shared.clusters.upper.name().await?;
        let mut there = 0;
        for table in &self.tables {
            there += usize::from(self.entry(table).await?.1.cluster_name() == upper);
        }
        match there {
            0 => Ok(false),
            all if all == self.tables.len() => Ok(true),
            some => Err(Error::new(Code::SagaStuck, "clients are led apart:")
                .because(format!("those of {some} of {} tables follow UPPER", self.tables.len()))),
        }
    }

    /// Uses up the version that a pending switch compares with, whichever that is: the entry of the
    /// first table is set to what it is.
    async fn use_up(&self) -> Result<()> {
        let Some(table) = self.tables.first() else { return Ok(()) };
        let (node, _) = self.entry(table).await?;
        let path = self.config.path_of(table);
        match self.nodes.compare_and_set(&path, &node.bytes, node.stat.version).await {
            // Whoever set it first has used it up.
            Ok(_) | Err(ZooKeeperError::Conflict { .. }) => Ok(()),
            Err(error) => {
                Err(super::authority::failed("cannot make a pending switch impossible")(error))
            }
        }
    }
}
