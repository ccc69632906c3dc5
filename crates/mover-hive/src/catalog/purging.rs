//! The purge of a table on UPPER: with it, `DROP TABLE` there deletes the files of the table and
//! of all its partitions, wherever they lie.

use super::catalogue::Catalogue;
use crate::parameters::PURGE;
use boatlift_clients::metastore::Table;
use boatlift_core::error::{Code, Error, Result};

impl Catalogue {
    /// Has a table never delete files when it is dropped, before a partition of it is pointed at
    /// files of LOWER. Idempotent.
    ///
    /// # Errors
    /// When the metastore does not do it: nothing of the table may point at LOWER then.
    pub(crate) fn take_purge_off(&self, table: &Table) -> Result<()> {
        if table.parameter(PURGE).is_none() {
            return Ok(());
        }
        let mut to = table.clone();
        to.remove_parameter(PURGE);
        self.alter_table(table.database(), table.name(), &to)?;
        match self.table(table.database(), table.name())? {
            Some(now) if now.parameter(PURGE).is_some() => {
                Err(Error::new(Code::HiveTranslated, "the metastore did not take the purge off")
                    .on(format!("{}.{}", table.database(), table.name())))
            }
            _ => Ok(()),
        }
    }
}
