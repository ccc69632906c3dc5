//! What became of items: those that are not on UPPER as they should be, each with the reason.

use super::Harvest;
use boatlift_core::Result;

impl Harvest {
    /// Notes what became of items, by their keys: why one is not cloned, or that it is.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn note_outcomes(&self, outcomes: &[(String, Option<String>)]) -> Result<()> {
        let is_known = "SELECT EXISTS (SELECT 1 FROM not_cloned)";
        if outcomes.iter().all(|(_, why)| why.is_none())
            && !self.with("cannot read", |db| db.query_row(is_known, [], |row| row.get(0)))?
        {
            return Ok(());
        }
        self.change("cannot write outcomes to", |db| {
            let mut keep =
                db.prepare_cached("INSERT OR REPLACE INTO not_cloned VALUES (?1, ?2)")?;
            let mut forget = db.prepare_cached("DELETE FROM not_cloned WHERE below = ?1")?;
            for (below, why) in outcomes {
                match why {
                    Some(why) => keep.execute([below, why])?,
                    None => forget.execute([below])?,
                };
            }
            Ok(())
        })
    }

    /// Forgets the outcomes that have this reason.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn forget_outcomes_of(&self, why: &str) -> Result<()> {
        self.change("cannot write outcomes to", |db| {
            db.execute("DELETE FROM not_cloned WHERE why = ?1", [why]).map(drop)
        })
    }

    /// Forgets all outcomes, before all of them are noted anew.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn forget_outcomes(&self) -> Result<()> {
        self.change("cannot write outcomes to", |db| {
            db.execute("DELETE FROM not_cloned", []).map(drop)
        })
    }

    /// Whether the object under this key can be cloned, and nothing is known to have failed.
    ///
    /// # Errors
    /// [`boatlift_core::Code::StateIo`].
    pub fn is_cloned(&self, below: &str) -> Result<bool> {
        let failed = "SELECT EXISTS (SELECT 1 FROM not_cloned WHERE below = ?1)";
        let failed: bool = self.with("cannot read", |db| {
            db.prepare_cached(failed)?.query_row([below], |row| row.get(0))
        })?;
        Ok(!failed && self.has(below)?)
    }
}
