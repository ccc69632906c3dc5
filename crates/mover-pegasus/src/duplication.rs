//! LOWER's own duplication of a table: found or made, and waited for.

use crate::cluster::Clusters;
use crate::config::DuplicationSettings;
use crate::failures::failed;
use crate::positions;
use boatlift_clients::pegasus::PegasusError;
use boatlift_clients::pegasus::structs::{
    AddDuplicationRequest, AppInfo, DuplicationEntry, DuplicationStatus, FailMode,
};
use boatlift_clients::thrift::Effect;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::lane::{Pace, Part};
use boatlift_core::side::Side;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at a duplication that goes on.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What a table that is fed from elsewhere says of its feeder.
const MASTER_CLUSTER: &str = "duplication.master_cluster";
/// With it a table refuses its clients.
pub(crate) const DENY: &str = "replica.deny_client_request";

/// The duplication of `table` to UPPER, if LOWER has one.
///
/// # Errors
/// When it cannot be learnt, or there are two.
pub(crate) async fn find(clusters: &Clusters, table: &str) -> Result<Option<DuplicationEntry>> {
    let upper = clusters.upper.name().await?;
    let entries = clusters.lower.meta.query_duplications(table).await;
    let entries = entries.map_err(failed("cannot ask for the duplications of a table"))?;
    let mut ours = entries
        .into_iter()
        .filter(|entry| entry.remote == upper && entry.status != DuplicationStatus::Removed);
    match (ours.next(), ours.next()) {
        (found, None) => Ok(found),
        _ => {
            let side = clusters.lower.side;
            Err(refused(table, format!("{side} duplicates it twice to `{upper}`; remove one")))
        }
    }
}

/// Whether UPPER's table is the one that a duplication of ours feeds.
pub(crate) fn is_fed_by(upper: &AppInfo, lower: &str) -> bool {
    upper.envs.get(MASTER_CLUSTER).is_some_and(|master| master == lower)
}

/// Why a duplication that is there already is none to build on; `None` if it is.
pub(crate) fn objection(
    entry: &DuplicationEntry,
    upper: Option<&AppInfo>,
    lower_name: &str,
) -> Option<String> {
    let id = entry.dupid;
    let is_shipping = entry.status == DuplicationStatus::Log;
    if let Some(why) = interrupted(entry) {
        return Some(why);
    }
    match (&entry.remote_app_name, upper) {
        (Some(name), Some(upper)) if *name != upper.app_name => {
            Some(format!("its duplication {id} goes to a table of another name, `{name}`"))
        }
        (_, Some(upper)) if !is_fed_by(upper, lower_name) => Some(format!(
            "its duplication {id} was added without a checkpoint, so that UPPER lacks what was \
             written before: remove it, and the table on UPPER"
        )),
        // A table that was made before its duplication was made for another one.
        (_, Some(upper))
            if upper.create_second > 0 && entry.create_ts / 1000 > upper.create_second =>
        {
            Some(format!(
                "its duplication {id} is younger than UPPER's table: was it removed and added again? \
                 UPPER lacks what was written between: remove it, and the table on UPPER"
            ))
        }
        (_, None) if is_shipping => Some(format!("its duplication {id} ships, and UPPER lacks it")),
        _ => None,
    }
}

/// Why a duplication does not ship everything that is written; `None` if it does, or will.
pub(crate) fn interrupted(entry: &DuplicationEntry) -> Option<String> {
    let id = entry.dupid;
    if entry.status == DuplicationStatus::Pause {
        return Some(format!("its duplication {id} was paused: start it, or remove it"));
    }
    let may_skip = entry.fail_mode.is_some_and(|mode| mode != FailMode::Slow);
    may_skip.then(|| {
        format!("its duplication {id} may skip what the other side refuses: set_dup_fail_mode")
    })
}

/// Where a duplication begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// With what the table holds, which makes the table on the other side.
    Checkpoint,
    /// With what is written from now on, into a table that is there.
    Now,
}

/// Makes duplications and waits for them.
pub(crate) struct Duplicator<'a> {
    pub(crate) clusters: &'a Clusters,
    pub(crate) settings: &'a DuplicationSettings,
    pub(crate) pace: &'a dyn Pace,
}

impl Duplicator<'_> {
    /// Sees to it that LOWER duplicates `table`, and waits until each of its primaries ships.
    pub(crate) async fn establish(&self, table: &str) -> Part<()> {
        self.pace.spend(Side::Lower, 1, 0)?;
        let lower_name = self.clusters.lower.name().await?;
        let upper = self.clusters.upper.table(table).await?;
        match find(self.clusters, table).await? {
            Some(entry) => {
                if let Some(why) = objection(&entry, upper.as_ref(), &lower_name) {
                    return Err(refused(table, why).into());
                }
            }
            None if upper.is_some() => return Err(in_the_way(table).into()),
            None => self.add(table, Begin::Checkpoint).await?,
        }
        self.wait_until_shipping(table).await
    }

    /// Sees to it that what is written to `table` from now on is shipped into the table that is
    /// there, and waits until each primary does. Gives the duplication's number.
    pub(crate) async fn establish_from_now(&self, table: &str) -> Part<i32> {
        match find(self.clusters, table).await? {
            Some(entry) => {
                if let Some(why) = interrupted(&entry) {
                    return Err(refused(table, why).into());
                }
            }
            None => self.add(table, Begin::Now).await?,
        }
        self.wait_until_shipping(table).await?;
        let entry = find(self.clusters, table).await?;
        let entry = entry.ok_or_else(|| refused(table, "its duplication was removed".into()))?;
        Ok(entry.dupid)
    }

    async fn add(&self, table: &str, begin: Begin) -> Result<()> {
        let upper = self.clusters.upper.name().await?;
        let request = AddDuplicationRequest {
            app_name: table.to_owned(),
            remote_cluster_name: upper.clone(),
            is_duplicating_checkpoint: Some(begin == Begin::Checkpoint),
            remote_app_name: None,
            remote_replica_count: self.settings.upper_replicas,
        };
        tracing::info!(table, upper, ?begin, "adding a duplication");
        let added = self.clusters.lower.meta.add_duplication(&request).await;
        // Versions answer differently where there is one already; and an answer may be lost.
        match (added, find(self.clusters, table).await?) {
            (_, Some(_)) => Ok(()),
            (Ok(_), None) => {
                let side = self.clusters.lower.side;
                Err(refused(table, format!("{side} took the duplication, and has none")))
            }
            (Err(error), None) if error.effect() == Effect::Unknown => {
                Err(failed("cannot add a duplication")(error))
            }
            (Err(error), None) => Err(self.not_added(table, &upper, &error)),
        }
    }

    fn not_added(&self, table: &str, upper: &str, error: &PegasusError) -> Error {
        let metas: Vec<String> = self
            .clusters
            .upper
            .meta
            .servers()
            .iter()
            .map(|meta| meta.endpoint().to_string())
            .collect();
        let metas = metas.join(",");
        refused(
            table,
            format!(
                "{} does not add a duplication: {error}; the configuration of all its servers needs \
                 `[replication] duplication_enabled = true`, `[pegasus.clusters] {upper} = \
                 {metas}`, and both clusters with different numbers in `[duplication-group]`",
                self.clusters.lower.side
            ),
        )
    }

    /// Waits until the meta server says that the log is shipped, and each primary does.
    async fn wait_until_shipping(&self, table: &str) -> Part<()> {
        let app = self.clusters.lower.table_there(table).await?;
        let mut stall = Stall::new(self.settings.patience.0);
        loop {
            let entry = find(self.clusters, table).await?;
            let entry =
                entry.ok_or_else(|| refused(table, "its duplication was removed".into()))?;
            let shipping = match entry.status {
                DuplicationStatus::Log => self.shipping(&app, entry.dupid).await?,
                DuplicationStatus::Pause => {
                    return Err(refused(table, "its duplication was paused".into()).into());
                }
                _ => 0,
            };
            if usize::try_from(app.partition_count) == Ok(shipping) {
                return self.refuse_fenced_follower(table).await.map_err(Into::into);
            }
            if stall.is_over((entry.status.number(), shipping)) {
                let stuck =
                    Error::new(Code::PegasusStuck, "a duplication does not get on:").on(table);
                return Err(stuck.because(likely_cause(entry.status, stall.limit)).into());
            }
            self.rest().await?;
        }
    }

    /// Primaries that ship.
    async fn shipping(&self, app: &AppInfo, dupid: i32) -> Result<usize> {
        let positions = positions::of_table(&self.clusters.lower, app.app_id, dupid).await;
        let positions = positions.map_err(failed("cannot ask how far partitions are"))?;
        Ok(positions.values().filter(|position| position.shipped.is_some()).count())
    }

    /// Environment variables of LOWER come with the table: one that refuses clients refuses the
    /// duplication's own writes too, and nothing says so.
    async fn refuse_fenced_follower(&self, table: &str) -> Result<()> {
        let upper = self.clusters.upper.table_there(table).await?;
        match upper.envs.get(DENY) {
            None => Ok(()),
            Some(value) => Err(refused(
                table,
                format!(
                    "on {} it has {DENY}={value}, and so refuses what {} ships: delete it there",
                    self.clusters.upper.side, self.clusters.lower.side
                ),
            )),
        }
    }

    /// Waits until `partitions` lag no more than the settings allow; tells each that does.
    pub(crate) async fn catch_up(
        &self,
        table: &str,
        partitions: &[u32],
        mut caught_up: impl FnMut(u32),
    ) -> Part<()> {
        let app = self.clusters.lower.table_there(table).await?;
        let mut open = partitions.to_vec();
        let mut stall = Stall::new(self.settings.patience.0);
        loop {
            self.pace.spend(Side::Lower, open.len() as u64, 0)?;
            let entry = find(self.clusters, table).await?;
            let entry = entry.ok_or_else(|| refused(table, "it is not duplicated".into()))?;
            if entry.status == DuplicationStatus::Pause {
                return Err(refused(table, "its duplication was paused".into()).into());
            }
            let positions =
                positions::of_table(&self.clusters.lower, app.app_id, entry.dupid).await;
            let positions = positions.map_err(failed("cannot ask how far partitions are"))?;
            let lag = |partition: &u32| positions.get(partition)?.lag();
            open.retain(|partition| {
                let is_near = lag(partition).is_some_and(|lag| lag <= self.settings.max_lag);
                if is_near {
                    caught_up(*partition);
                }
                !is_near
            });
            if open.is_empty() {
                return Ok(());
            }
            let lags: Vec<Option<u64>> = open.iter().map(lag).collect();
            let least = lags.iter().flatten().min().copied();
            if stall.is_over((open.len(), least)) {
                let stuck = Error::new(Code::PegasusStuck, "UPPER does not catch up:").on(table);
                let worst = lags.iter().flatten().max();
                let told =
                    worst.map_or("it is not shipped".to_owned(), |lag| format!("{lag} behind"));
                return Err(stuck
                    .because(format!(
                        "{} partitions, {told}: write less, or give LOWER a larger \
                         `duplicate_log_batch_bytes`",
                        open.len()
                    ))
                    .retry(Retry::Later)
                    .into());
            }
            self.rest().await?;
        }
    }

    async fn rest(&self) -> Part<()> {
        self.pace.spend(Side::Lower, 0, 0)?;
        sleep(LOOK_EVERY).await;
        Ok(())
    }
}

/// Notices when something has not changed for too long.
struct Stall<T> {
    limit: Duration,
    last: Option<(T, Instant)>,
}

impl<T: PartialEq> Stall<T> {
    fn new(limit: Duration) -> Self {
        Stall { limit, last: None }
    }

    fn is_over(&mut self, now: T) -> bool {
        match &self.last {
            Some((last, since)) if *last == now => since.elapsed() >= self.limit,
            _ => {
                self.last = Some((now, Instant::now()));
                false
            }
        }
    }
}

fn likely_cause(status: DuplicationStatus, limit: Duration) -> String {
    let since = format!("nothing changed for {} s", limit.as_secs());
    let cause = match status {
        DuplicationStatus::Init | DuplicationStatus::Prepare => {
            "it prepares: LOWER's primaries make no checkpoint, or LOWER's meta servers could not \
             make the table on UPPER (do they reach UPPER's? is there one of that name?)"
        }
        DuplicationStatus::App => {
            "UPPER fetches the checkpoint: do UPPER's servers reach LOWER's replica servers? \
             Pegasus 2.5 also needs two replicas on UPPER, and more than one record"
        }
        _ => "not every primary of LOWER ships: they learn of it at their next sync",
    };
    format!("{since}; {cause}")
}

/// What cannot be duplicated as it is.
pub(crate) fn refused(table: &str, why: String) -> Error {
    Error::new(Code::PegasusNotReady, "cannot duplicate the table").on(table).because(why)
}

fn in_the_way(table: &str) -> Error {
    Error::new(Code::PegasusForeign, "cannot duplicate the table")
        .on(table)
        .because("UPPER has one of that name that LOWER does not feed; drop or rename it there")
}
