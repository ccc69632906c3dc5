//! External schemas and tables, as the warehouse's own catalogue shows them.

use super::paging::{Paged, ROWS};
use crate::wire::{Sql, Warehouse};
use boatlift_core::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The width of the column in which scans name a table, in bytes.
const WIDEST_SCAN_NAME: usize = 136;

/// Where an external schema's tables are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaKind {
    /// In Glue's data catalogue.
    Glue,
    /// In a Hive metastore.
    Hive,
    /// Elsewhere: another database, a stream.
    Other(i64),
}

/// An external schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalSchema {
    /// Its name, as queries write it.
    pub name: String,
    /// Where its tables are known.
    pub kind: SchemaKind,
    /// The catalogue's database that it stands for.
    pub catalogue: String,
    /// The catalogue's region, when it names one.
    pub region: Option<String>,
}

/// An external table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalTable {
    /// The schema, as queries name it.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The catalogue's database that the schema stands for.
    pub catalogue: String,
}

impl ExternalTable {
    /// Whether a scan's name means this table: `S3 Scan database_schema_table`, with the
    /// database of the warehouse or of the catalogue, or none. Names are compared whole, so
    /// that no table stands in for one with a longer name; the end of a cut name is unknown.
    #[must_use]
    pub fn is_named(&self, scan: &str, database: &str) -> bool {
        let name = scan.rsplit(' ').next().unwrap_or(scan);
        let (schema, table) = (&self.schema, &self.table);
        let forms = [
            format!("{database}_{schema}_{table}"),
            format!("{}_{schema}_{table}", self.catalogue),
            format!("{schema}_{table}"),
            format!("{schema}.{table}"),
            format!("{database}.{schema}.{table}"),
        ];
        let cut = scan.len() >= WIDEST_SCAN_NAME;
        forms.iter().any(|form| form == name || (cut && form.starts_with(name)))
    }
}

/// Reads all tables of these external schemas, in the order of their names.
///
/// # Errors
/// Errors of the warehouse, and the first of `each`.
pub fn external_tables(
    warehouse: &mut dyn Warehouse,
    schemas: &[ExternalSchema],
    each: &mut dyn FnMut(ExternalTable) -> Result<()>,
) -> Result<()> {
    let schemas: BTreeMap<_, _> =
        schemas.iter().map(|schema| (&*schema.name, &schema.catalogue)).collect();
    let begin = Sql::new("select schemaname, tablename from svv_external_tables where 1 = 1");
    let paged = Paged {
        begin,
        key: &["schemaname", "tablename"],
        group: "",
        order: "schemaname, tablename",
        rows: ROWS,
        each: &mut |row| {
            let name = row.needed(0)?;
            let Some(catalogue) = schemas.get(name) else { return Ok(()) };
            each(ExternalTable {
                schema: name.to_owned(),
                table: row.needed(1)?.to_owned(),
                catalogue: catalogue.to_string(),
            })
        },
    };
    paged.read(warehouse)
}

/// Reads all external schemas.
///
/// # Errors
/// Errors of the warehouse.
pub fn external_schemas(warehouse: &mut dyn Warehouse) -> Result<Vec<ExternalSchema>> {
    let sql =
        Sql::new("select schemaname, eskind, databasename, esoptions from svv_external_schemas");
    let mut schemas = Vec::new();
    warehouse.query(&sql, &mut |row| {
        let kind = match row.number(1)? {
            Some(1) => SchemaKind::Glue,
            Some(2) => SchemaKind::Hive,
            other => SchemaKind::Other(other.unwrap_or(0)),
        };
        let catalogue = row.text(2).unwrap_or_default().to_owned();
        let region = region(row.text(3).unwrap_or_default());
        schemas.push(ExternalSchema { name: row.needed(0)?.to_owned(), kind, catalogue, region });
        Ok(())
    })?;
    Ok(schemas)
}

/// The region that a schema's options name. The rest of them is not kept.
fn region(options: &str) -> Option<String> {
    let options: BTreeMap<String, serde_json::Value> = serde_json::from_str(options).ok()?;
    let region = options.iter().find(|(name, _)| name.eq_ignore_ascii_case("region"));
    region.and_then(|(_, value)| value.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schema: &str, name: &str) -> ExternalTable {
        ExternalTable { schema: schema.into(), table: name.into(), catalogue: "salesdb".into() }
    }

    #[test]
    fn a_table_is_not_taken_for_one_with_a_longer_name() {
        assert!(table("spectrum", "sales").is_named("S3 Scan dev_spectrum_sales", "dev"));
        for other in ["sale", "ales", "salesx", "s_les"] {
            assert!(!table("spectrum", other).is_named("S3 Scan dev_spectrum_sales", "dev"));
        }
    }

    #[test]
    fn a_name_that_fills_its_column_may_go_on() {
        let long = "t".repeat(150);
        let scan = &format!("S3 Scan dev_s_{long}")[..WIDEST_SCAN_NAME];
        assert!(table("s", &long).is_named(scan, "dev"));
        assert!(!table("s", &"t".repeat(20)).is_named(scan, "dev"));
    }

    #[test]
    fn regions_are_read_from_options_of_any_case() {
        assert_eq!(
            region(r#"{"REGION":"eu-west-1","IAM_ROLE":"arn"}"#).as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region("not json"), None);
    }
}
