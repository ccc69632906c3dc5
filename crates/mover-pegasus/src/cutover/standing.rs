//! Whether what was proved of all tables still holds: a proof is as old as its last look. Where time
//! has passed since, for other tables or for a person, a primary may have moved to a server that
//! takes writes.

use super::{drain, fence};
use crate::config::Mode;
use crate::inventory::Shared;
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::CutoverContext;

/// The proofs of a move's tables.
pub(super) struct Proofs<'a> {
    pub(super) shared: &'a Shared,
    /// Leads names of records that never were.
    pub(super) unused: &'a str,
    pub(super) context: &'a CutoverContext<'a>,
}

impl Proofs<'_> {
    /// Looks again that every table refuses writes by the primaries that first did, and is shipped.
    ///
    /// # Errors
    /// When one does not, or cannot be asked: nothing is proved then.
    pub(super) async fn still_hold(&self) -> Result<()> {
        for table in &self.shared.config.tables {
            let seals = fence::seals(self.context, table)?;
            if !fence::stands(self.shared, table, self.unused, &seals).await? {
                let error = Error::new(Code::SagaFailed, "cannot switch").on(table);
                let why = "since it was proved, a primary moved behind the fence, or takes writes";
                return Err(error.because(why).retry(Retry::Later));
            }
            if self.shared.config.mode == Mode::Duplication {
                drain::shipping(self.shared, table).await?;
            }
        }
        Ok(())
    }
}
