//! Whether LOWER was written behind its fence, as its own notification log tells. Where it
//! has no log, and of files that are put there past Hive, only the comparison behind the fence
//! speaks.

use super::HiveCutover;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{CutoverContext, Evidence, SagaStep};
use boatlift_core::side::Side;
use std::collections::BTreeSet;

/// Events that are taken with one call.
const EVENTS_PER_CALL: i32 = 1_000;
/// Events before a position that are read again: one that came later may have the same number
/// (HIVE-16886).
const MARGIN: i64 = 100;
/// The fact of Drain: how far LOWER's notification log was before the last comparison.
const POSITION: &str = "position";

/// What LOWER's log tells of the time after a position.
enum Told {
    Nothing,
    Written(String),
    /// It gave a number twice, and so cannot tell before from after.
    Unsure,
}

impl HiveCutover {
    /// How far LOWER's notification log is: everything that is compared after this is newer.
    pub(super) fn position(&self) -> Result<Evidence> {
        let position = self.lower.position()?.filter(|_| self.to == Side::Upper);
        Ok(match position {
            Some(position) => Evidence::default().with(POSITION, position),
            None => Evidence::default(),
        })
    }

    /// Proves by LOWER's notification log, where it has one, that nothing in scope was
    /// written since the last comparison began, and that no database came that has no fence.
    pub(super) fn verify(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let leaks = |seen: String| {
            Error::new(Code::SagaFailed, "LOWER was written behind the fence").because(seen)
        };
        let fence = self.fence_of(self.from());
        let fenced: BTreeSet<&str> =
            fence.noted(context.evidence).into_iter().map(|(name, _)| name).collect();
        let all = self.databases(self.from())?;
        if let Some(new) = all.iter().find(|name| !fenced.contains(name.as_str())) {
            return Err(leaks(format!("database {new} is new")));
        }
        let Ok(position) = context.fact(SagaStep::Drain, POSITION) else {
            return Ok(Evidence::default().with("log", "none"));
        };
        match self.written_since(position)? {
            Told::Written(written) => Err(leaks(written)),
            Told::Unsure => Ok(Evidence::default().with("log", "gave a number twice")),
            Told::Nothing => {
                Ok(Evidence::default().with("log", format!("nothing since {position}")))
            }
        }
    }

    /// What LOWER's log names in scope after a position.
    fn written_since(&self, position: &str) -> Result<Told> {
        let position: i64 = position.parse().unwrap_or_default();
        let (mut last, mut newest) = ((position - MARGIN).max(0), None);
        let mut told = Told::Nothing;
        loop {
            let events = self.lower.events_after(last, EVENTS_PER_CALL)?;
            if events.is_empty() {
                return Ok(told);
            }
            for event in events {
                if newest == Some(event.id) {
                    told = Told::Unsure;
                }
                newest = Some(event.id);
                if event.id > last.max(position) + 1 {
                    return Ok(Told::Written(format!("its log has a gap after event {last}")));
                }
                last = last.max(event.id);
                if event.id <= position {
                    continue;
                }
                // What is of no database, such as the begin of a transaction, writes nothing.
                let Some(name) = event.database.map(|name| name.to_lowercase()) else { continue };
                if self.scope().takes_database(&name) {
                    let table = event.table.unwrap_or_default();
                    let written = format!("{name}.{table} by event {}", event.id);
                    return Ok(Told::Written(written));
                }
            }
        }
    }
}
