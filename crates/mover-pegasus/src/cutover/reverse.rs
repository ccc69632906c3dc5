//! The way back: UPPER ships to LOWER what clients write from the switch on, so that they can be
//! led back by the same steps with the sides exchanged.
//!
//! It is begun before the switch, without a checkpoint: what UPPER held then came from LOWER. It
//! ships nothing that LOWER shipped. Everything here knows the clusters exchanged: `lower` is
//! UPPER, which ships, and `upper` is LOWER.

use super::readers::REFUSE_READS;
use crate::duplication::{self, DENY, Duplicator, interrupted};
use crate::failures::failed;
use crate::inventory::Shared;
use crate::unpaced::Unpaced;
use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Halt;
use boatlift_core::outcome::Outcome;
use boatlift_core::saga::{Condition, CutoverContext, Evidence, SagaStep};
use boatlift_core::side::Side;
use std::collections::BTreeMap;

/// The name under which Precheck keeps that a way back is wanted.
const WANTED: &str = "way back";

/// The name under which Precheck keeps the duplication back that was there before, and Arm the one
/// that is there now.
fn way_of(table: &str) -> String {
    format!("back:{table}")
}

/// What an operator has to know before a way back is kept.
pub(super) fn cost(shared: &Shared) -> Condition {
    let settings = &shared.config.cutover;
    Condition {
        what: format!("a way back is kept for {}", settings.reverse_window),
        holds: true,
        seen: format!(
            "UPPER ships to LOWER what is written after the switch, and refuses increments and \
             check-and-set until that duplication is removed there; {} after the switch LOWER \
             takes writes again, and so does it from a client that writes there without having \
             asked for anything meanwhile",
            settings.stragglers
        ),
    }
}

/// Notes that a way back is wanted, and duplications back that are there already: they are not
/// ours to remove.
pub(super) async fn note(back: &Shared, evidence: Evidence) -> Result<Evidence> {
    let mut evidence = evidence.with(WANTED, back.config.cutover.reverse_window);
    for table in &back.config.tables {
        if back.clusters.lower.table(table).await?.is_none() {
            continue;
        }
        if let Some(entry) = duplication::find(&back.clusters, table).await? {
            evidence = evidence.with(&way_of(table), entry.dupid);
        }
    }
    Ok(evidence)
}

/// Has every table shipped back from now on, and waits until each primary does.
pub(super) async fn prepare(back: &Shared, mut evidence: Evidence) -> Result<Evidence> {
    let settings = &back.config.duplication;
    let duplicator = Duplicator { clusters: &back.clusters, settings, pace: &Unpaced };
    for table in &back.config.tables {
        let dupid = duplicator.establish_from_now(table).await.map_err(|halt| match halt {
            Halt::Told(Outcome::Failed(error)) => error,
            _ => Error::new(Code::Interrupted, "a way back was not completed"),
        })?;
        evidence = evidence.with(&way_of(table), dupid);
    }
    Ok(evidence)
}

/// Removes the duplications back that were not there before.
pub(super) async fn remove(back: &Shared, evidence: &BTreeMap<SagaStep, Evidence>) -> Result<()> {
    let before = evidence.get(&SagaStep::Precheck);
    for table in &back.config.tables {
        if before.is_some_and(|before| before.get(&way_of(table)).is_some())
            || back.clusters.lower.table(table).await?.is_none()
        {
            continue;
        }
        if let Some(entry) = duplication::find(&back.clusters, table).await? {
            let (meta, removed) = (&back.clusters.lower.meta, DuplicationStatus::Removed);
            let asked = meta.set_duplication_status(table, entry.dupid, removed).await;
            asked.map_err(failed("cannot remove a duplication"))?;
        }
    }
    Ok(())
}

/// Whether the cutover that found `evidence` keeps a way back, whatever the move file says by now.
pub(super) fn is_wanted(evidence: &BTreeMap<SagaStep, Evidence>) -> bool {
    let noted = evidence.get(&SagaStep::Precheck);
    noted.is_some_and(|noted| noted.get(WANTED).is_some())
}

/// What must hold before users can be led back.
pub(super) async fn conditions(back: &Shared) -> Result<Vec<Condition>> {
    let mut all = Vec::new();
    for table in &back.config.tables {
        let found = duplication::find(&back.clusters, table).await?;
        let why = match &found {
            None => Some("it does not: was `cutover.keep-reverse` asked for?".to_owned()),
            Some(entry) if entry.status != DuplicationStatus::Log => {
                Some(interrupted(entry).unwrap_or_else(|| format!("it is in {:?}", entry.status)))
            }
            Some(entry) => interrupted(entry),
        };
        all.push(Condition {
            what: format!("UPPER ships `{table}` back to LOWER"),
            holds: why.is_none(),
            seen: why.unwrap_or_else(|| {
                found.map_or(String::new(), |entry| format!("by its duplication {}", entry.dupid))
            }),
        });
        let lower = back.clusters.upper.table_there(table).await?;
        let value = lower.envs.get(DENY).map(String::as_str);
        all.push(Condition {
            what: format!("LOWER takes what UPPER ships of `{table}`"),
            holds: matches!(value, None | Some(REFUSE_READS)),
            seen: match value {
                None => format!("{DENY} is not set"),
                Some(REFUSE_READS) => "it refuses readers alone".to_owned(),
                Some(value) => format!(
                    "{DENY} is `{value}`, which also refuses what is shipped: set it to `{}`",
                    REFUSE_READS
                ),
            },
        });
        let upper = back.clusters.lower.table_there(table).await?;
        all.push(crate::preflight::not_fenced(&upper, Side::Upper));
    }
    Ok(all)
}

/// Refuses a duplication that is another one than the cutover left: it ships from later on.
pub(super) async fn is_unbroken(back: &Shared, context: &CutoverContext<'_>) -> Result<()> {
    let armed = context.before.and_then(|before| before.get(&SagaStep::Arm));
    for table in &back.config.tables {
        let made = armed.and_then(|armed| armed.get(&way_of(table)));
        let entry = duplication::find(&back.clusters, table).await?;
        let now = entry.map(|entry| entry.dupid.to_string());
        if made.is_none() || made != now.as_deref() {
            return Err(Error::new(Code::NotReady, "cannot lead users back:").on(table).because(
                "its duplication to LOWER is not the one that was there at the switch, so that \
                 LOWER may lack what was written since",
            ));
        }
    }
    Ok(())
}
