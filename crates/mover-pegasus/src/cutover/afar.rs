//! A guard that has nothing but the move file, on any host: it sees the fence on a cluster itself, and
//! takes it down when it has stood for as long as was promised. Which cluster is fenced tells whether
//! clients are being led to UPPER or back.
//!
//! It knows nothing of the run: not since when exactly writes are refused, nor whether the switch was
//! asked for. So it makes the switch impossible first, and leaves everything when clients follow
//! UPPER already. A run that goes on meanwhile finds its switch refused, and undoes the rest.

use super::authority::{Authority, Entries};
use super::{PegasusCutover, UNDO_TALK, fence, knobs};
use boatlift_clients::zookeeper::ZooKeeperError;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{Evidence, SagaStep};
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks at LOWER's tables.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// For how long the other side is asked at a time: a fence here must not be seen late because of it.
const OTHER_SIDE: Duration = Duration::from_millis(500);
/// How often servers look for variables, where they do not say: as Pegasus has it by default.
const DEFAULT_SYNC: Duration = Duration::from_secs(30);
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

/// What a guard saw or did, and on which side writes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarded {
    /// The side that clients were to be led from.
    pub from: Side,
    /// What became of its fence.
    pub end: End,
}

/// What became of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// No fence stands.
    Nothing,
    /// The fence came down by itself.
    LiftedByRun,
    /// Clients follow the other side: this one stays fenced.
    HandedOver,
    /// The guard took the fence down, and what was noted before it stood is as it was.
    Lifted,
    /// The same, but what else was changed was not known.
    LiftedOnly,
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from;
        let to = if from == Side::Lower { Side::Upper } else { Side::Lower };
        match self.end {
            End::Nothing => f.write_str("nothing to guard: no fence stands"),
            End::LiftedByRun => f.write_str("the fence came down by itself"),
            End::HandedOver => write!(f, "clients follow {to}, and {from} stays fenced"),
            End::Lifted => {
                write!(f, "lifted: {from} takes writes again, and the switch is impossible")
            }
            End::LiftedOnly => write!(
                f,
                "lifted: {from} takes writes again, and the switch is impossible; what else the \
                 cutover had changed (balancer, config sync) was not known here: the move's next \
                 run takes it back"
            ),
        }
    }
}

/// Whether clients follow the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switched {
    Yes,
    No,
}

impl PegasusCutover {
    /// Watches both sides until a fence has ended, and ends it when it stands for too long. `back`
    /// leads clients the other way.
    ///
    /// # Errors
    /// [`Code::Usage`] where a person leads clients, or when no fence stands and the promise could not
    /// be kept; otherwise when a cluster does not answer before any fence stands.
    pub(crate) async fn guard_from_afar(
        &self,
        back: &PegasusCutover,
        promise: Promise,
    ) -> Result<Guarded> {
        let is_here = matches!(self.fenced().await, Ok(true));
        // UPPER may not have the tables yet.
        if !is_here && matches!(back.fenced().await, Ok(true)) {
            return back.guard_one_way(None, promise).await;
        }
        self.guard_one_way(Some(back), promise).await
    }

    /// Watches the side that clients are led from; with `back` also for a fence on the other one,
    /// as long as none stands here.
    async fn guard_one_way(
        &self,
        back: Option<&PegasusCutover>,
        promise: Promise,
    ) -> Result<Guarded> {
        let Authority::Entries(entries) = &self.authority else {
            return Err(Error::new(Code::Usage, "cannot guard without the move's state:").because(
                "a person leads the clients, and only the state says whether that was done",
            ));
        };
        let begun = Instant::now();
        let mut since = if self.fenced().await? { Some(begun) } else { None };
        let patience = self.patience(promise, since).await?;
        let noted = if since.is_some() { None } else { Some(self.noted().await?) };
        loop {
            match (self.fenced().await, since) {
                (Ok(true), None) => since = Some(Instant::now()),
                (Ok(false), Some(_)) => return self.ended(entries).await,
                (Ok(false), None) if promise.wait.is_none_or(|wait| begun.elapsed() >= wait) => {
                    return Ok(self.told(End::Nothing));
                }
                (Ok(false), None) => {
                    if let Some(back) = back
                        && matches!(timeout(OTHER_SIDE, back.fenced()).await, Ok(Ok(true)))
                    {
                        return Box::pin(back.guard_one_way(None, promise)).await;
                    }
                }
                // Whether the fence stands is asked again, and the time runs on.
                (Ok(_) | Err(_), _) => {}
            }
            if since.is_some_and(|since| since.elapsed() >= patience) {
                return Ok(self.told(self.lift_for_certain(entries, noted).await));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn told(&self, end: End) -> Guarded {
        Guarded { from: self.shared.clusters.lower.side, end }
    }

    /// For how long a fence may stand before it is taken down. One that stands already, `since` then,
    /// is guarded whatever servers say, and at once where the promise is too short.
    async fn patience(&self, promise: Promise, since: Option<Instant>) -> Result<Duration> {
        let sync = match self.window_counted().await {
            Ok(window) => window.sync,
            Err(error) if since.is_some() => {
                tracing::warn!(%error, "it is not known how often servers look for variables");
                DEFAULT_SYNC
            }
            Err(error) => return Err(error),
        };
        let undo = sync + UNDO_TALK;
        match promise.max_reject.checked_sub(undo) {
            Some(patience) => Ok(patience),
            None if since.is_some() => Ok(Duration::ZERO),
            None => Err(Error::new(Code::Usage, "cannot promise to refuse writes for at most")
                .on(format!("{} s", promise.max_reject.as_secs_f64()))
                .because(format!("here it takes {} s to lift a fence", undo.as_secs_f64()))),
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
            true => Ok(self.told(End::HandedOver)),
            false => Ok(self.told(End::LiftedByRun)),
        }
    }

    /// Tries until the fence is down, or clients are known to follow UPPER.
    async fn lift_for_certain(
        &self,
        entries: &Entries,
        noted: Option<BTreeMap<SagaStep, Evidence>>,
    ) -> End {
        loop {
            match self.lift_unless_switched(entries, noted.as_ref()).await {
                Ok(end) => return end,
                Err(error) => tracing::warn!(%error, "the fence is not down yet"),
            }
            sleep(RETRY_EVERY).await;
        }
    }

    async fn lift_unless_switched(
        &self,
        entries: &Entries,
        noted: Option<&BTreeMap<SagaStep, Evidence>>,
    ) -> Result<End> {
        let nothing = BTreeMap::new();
        let before = noted.unwrap_or(&nothing);
        if self.take_down_unless_switched(entries, before).await? == Switched::Yes {
            return Ok(End::HandedOver);
        }
        // It may have been asked for without an answer, and be carried out behind our back; or a run
        // tries once more, and has switched since.
        sleep(fence::LATE).await;
        if self.fenced().await?
            && self.take_down_unless_switched(entries, before).await? == Switched::Yes
        {
            return Ok(End::HandedOver);
        }
        fence::wait_until_all_open(&self.shared, &self.unused).await?;
        match noted {
            None => Ok(End::LiftedOnly),
            Some(noted) => knobs::restore(&self.shared, noted).await.map(|()| End::Lifted),
        }
    }

    /// Makes a pending switch impossible, then takes the fence down; neither once clients follow the
    /// other side.
    async fn take_down_unless_switched(
        &self,
        entries: &Entries,
        before: &BTreeMap<SagaStep, Evidence>,
    ) -> Result<Switched> {
        if entries.lead_to_upper(&self.shared).await? {
            return Ok(Switched::Yes);
        }
        entries.use_up().await?;
        if entries.lead_to_upper(&self.shared).await? {
            return Ok(Switched::Yes);
        }
        fence::restore_all(&self.shared, before).await?;
        Ok(Switched::No)
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
