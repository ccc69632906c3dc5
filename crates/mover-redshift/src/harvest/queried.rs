//! External schemas, and which of their tables were queried.

use super::Harvest;
use crate::views::{ExternalSchema, ExternalTable};
use boatlift_core::{Code, Error, Result};
use rusqlite::params;

impl Harvest {
    /// Takes down the external schemas that a warehouse has. One that it had before stays.
    ///
    /// # Errors
    /// [`Code::StateIo`] when they cannot be written.
    pub fn take_schemas(&self, schemas: &[ExternalSchema]) -> Result<()> {
        self.change("cannot write schemas to", |db| {
            for schema in schemas {
                let about = serde_json::to_string(schema)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                db.execute(
                    "INSERT OR REPLACE INTO schemas VALUES (?1, ?2)",
                    params![schema.name, about],
                )?;
            }
            Ok(())
        })
    }

    /// Takes down that a table was queried. Idempotent.
    ///
    /// # Errors
    /// [`Code::StateIo`] when it cannot be written.
    pub fn take_queried(&self, table: &ExternalTable) -> Result<()> {
        self.change("cannot write a table to", |db| {
            let take = "INSERT OR IGNORE INTO queried VALUES (?1, ?2)";
            db.execute(take, params![table.schema, table.table]).map(drop)
        })
    }

    /// The external schemas, in the order of their names, each with those of its tables that
    /// were queried.
    ///
    /// # Errors
    /// [`Code::StateIo`], [`Code::StateDamaged`].
    pub fn schemas(&self) -> Result<Vec<(ExternalSchema, Vec<String>)>> {
        let schemas: Vec<String> = self.with("cannot read schemas of", |db| {
            let mut query = db.prepare("SELECT about FROM schemas ORDER BY name")?;
            query.query_map([], |row| row.get(0))?.collect()
        })?;
        let with_tables = schemas.iter().map(|about| {
            let schema: ExternalSchema = serde_json::from_str(about).map_err(|error| {
                Error::new(Code::StateDamaged, "cannot read a schema of")
                    .on(self.path.display())
                    .because(error)
            })?;
            let tables = self.queried_in(&schema.name)?;
            Ok((schema, tables))
        });
        with_tables.collect()
    }

    fn queried_in(&self, schema: &str) -> Result<Vec<String>> {
        self.with("cannot read tables of", |db| {
            let mut query =
                db.prepare_cached("SELECT name FROM queried WHERE schema = ?1 ORDER BY name")?;
            query.query_map([schema], |row| row.get(0))?.collect()
        })
    }
}
