//! What Spectrum queried: which tables of which external schemas, by the names that scans
//! have in the views; and from that, what of the Data Catalog is cloned.

use crate::config::RedshiftConfig;
use crate::glue::{Selection, Tables};
use crate::harvest::Harvest;
use crate::views::{ExternalSchema, SchemaKind, external_schemas, external_tables};
use crate::wire::Warehouse;
use boatlift_core::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Scans without a table that a warning names; it counts all.
const NAMELESS: usize = 5;

/// Takes down the external schemas of a warehouse's `database`, and those of their tables that
/// were scanned.
///
/// # Errors
/// Errors of the warehouse and of the harvest.
pub(crate) fn collect(
    harvest: &Harvest,
    warehouse: &mut dyn Warehouse,
    database: &str,
) -> Result<()> {
    let schemas = external_schemas(warehouse)?;
    harvest.take_schemas(&schemas)?;
    let scans = harvest.tables()?;
    if scans.is_empty() {
        return Ok(());
    }
    let mut nameless: BTreeSet<&String> = scans.iter().collect();
    external_tables(warehouse, &schemas, &mut |table| {
        nameless.retain(|scan| !table.is_named(scan, database));
        match scans.iter().any(|scan| table.is_named(scan, database)) {
            true => harvest.take_queried(&table),
            false => Ok(()),
        }
    })?;
    if !nameless.is_empty() {
        let (count, some) = (nameless.len(), nameless.iter().take(NAMELESS).collect::<Vec<_>>());
        tracing::warn!(count, ?some, "no external table is named like these scans; none is cloned");
    }
    Ok(())
}

/// What of LOWER's Data Catalog is cloned: the databases that the move file names, or where it
/// names none, the tables that were queried; nothing where it leaves the catalogue out.
///
/// # Errors
/// Errors of the harvest.
pub(crate) fn selection(harvest: &Harvest, config: &RedshiftConfig) -> Result<Selection> {
    let Some(settings) = &config.catalogue else { return Ok(Selection::default()) };
    if !settings.databases.is_empty() {
        return Ok(settings.selection());
    }
    let own = settings.lower.as_ref().and_then(|account| account.region.clone());
    let region = own.or(config.lower.account().region);
    let region = region.as_deref();
    let mut databases: BTreeMap<String, Tables> = BTreeMap::new();
    let mut elsewhere = BTreeMap::new();
    for (schema, tables) in harvest.schemas()? {
        if tables.is_empty() {
            continue;
        }
        if let Some(place) = other_place(&schema, region) {
            elsewhere.insert(schema.name, place);
            continue;
        }
        // Several schemas may stand for one database.
        let of = databases.entry(schema.catalogue.to_lowercase());
        if let Tables::Named(names) = of.or_insert_with(|| Tables::Named(BTreeSet::new())) {
            names.extend(tables.iter().map(|name| name.to_lowercase()));
        }
    }
    Ok(Selection { databases, elsewhere })
}

/// Where a schema's tables are known, when that is not the Data Catalog in `region`.
fn other_place(schema: &ExternalSchema, region: Option<&str>) -> Option<String> {
    match schema.kind {
        SchemaKind::Glue => {
            let named =
                schema.region.as_deref().filter(|named| region.is_some_and(|r| r != *named));
            named.map(|named| format!("a Data Catalog in {named}"))
        }
        SchemaKind::Hive => Some("a Hive metastore".to_owned()),
        SchemaKind::Other(_) => Some("another database or a stream".to_owned()),
    }
}

/// The external schemas over the selected databases, each with its database; a database that
/// no schema of the warehouse stands for has one of its own name.
///
/// # Errors
/// Errors of the harvest.
pub(crate) fn schemas_over(
    harvest: &Harvest,
    selection: &Selection,
) -> Result<Vec<(String, String)>> {
    let mut over = Vec::new();
    let mut bare: BTreeSet<&String> = selection.databases.keys().collect();
    let schemas = harvest.schemas()?;
    for (schema, _) in &schemas {
        let database = schema.catalogue.to_lowercase();
        if schema.kind == SchemaKind::Glue && selection.databases.contains_key(&database) {
            bare.remove(&database);
            over.push((schema.name.clone(), database));
        }
    }
    over.extend(bare.into_iter().map(|name| (name.clone(), name.clone())));
    Ok(over)
}
