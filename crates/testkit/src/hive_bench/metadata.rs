//! The METADATA stage of many tables, against a bare loop and against the reference's method.

use super::ours::Ours;
use super::site::{Site, pool};
use super::{Bench, CONNECTIONS, Result, bare, clearing, filling, sql};
use crate::bench::{CaseResult, Row, Taken, Way, interleaved};
use std::time::Instant;

/// The database of tables.
pub(super) const DATABASE: &str = "wide";
/// Ourselves.
pub(super) const BOATLIFT: &str = "boatlift run";

/// Against the bare loop.
///
/// # Errors
/// When a way fails.
pub(super) fn bare(bench: &Bench, site: &Site) -> Result<CaseResult> {
    fill(bench, site)?;
    let ours = Ours::new(bench)?;
    let bare = Way {
        name: "bare loop",
        what: format!(
            "{CONNECTIONS} connections to each metastore read from LOWER (100 tables a call), \
             create on UPPER (without statistics, one table a call) and read back (100 a call); \
             nothing is compared or kept"
        ),
        objects: bench.sizes.tables,
        work: Box::new(|| {
            clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
            let begun = Instant::now();
            let (lower, upper) = (site.lower.metastore_uri(), site.upper.metastore_uri());
            let copied = bare::tables(&lower, &upper, DATABASE)?;
            let taken = Taken::here(begun.elapsed().as_secs_f64());
            expect(copied, bench.sizes.tables).map(|()| taken)
        }),
    };
    let rows = interleaved(bench.sizes.runs, vec![our_way(bench, site, &ours), bare])?;
    result(bench, "metadata", rows, Vec::new())
}

/// Against the reference's method.
///
/// # Errors
/// When a way fails.
pub(super) fn reference(bench: &Bench, site: &Site) -> Result<CaseResult> {
    fill(bench, site)?;
    let ours = Ours::new(bench)?;
    let lower = pool(&site.lower.metastore_uri());
    let mut names = lower.read(|metastore| metastore.table_names(DATABASE))?;
    names.truncate(bench.sizes.sql_tables);
    let count = names.len();
    let by_sql = Way {
        name: "SHOW CREATE TABLE, CREATE TABLE",
        what: "10 sessions with each HiveServer2: `SHOW CREATE TABLE` on LOWER, the text as it \
               is run on UPPER; nothing is read back"
            .to_owned(),
        objects: count,
        work: Box::new(|| {
            clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
            let begun = Instant::now();
            let (lower, upper) = (site.lower.hive_server2_url(), site.upper.hive_server2_url());
            sql::tables(&lower, &upper, DATABASE, &names)?;
            let taken = Taken::here(begun.elapsed().as_secs_f64());
            expect(on_upper(site)?, count).map(|()| taken)
        }),
    };
    let rows = interleaved(bench.sizes.runs, vec![our_way(bench, site, &ours), by_sql])?;
    let mut notes = Vec::new();
    if count < bench.sizes.tables {
        notes.push(format!("Only {count} tables went through HiveServer2: rates are compared."));
    }
    result(bench, "reference", rows, notes)
}

/// Fills LOWER, once for all cases with these tables.
pub(super) fn fill(bench: &Bench, site: &Site) -> Result<()> {
    let directory = format!("{}/data/{DATABASE}", site.lower.hdfs_url());
    filling::tables(&site.lower.metastore_uri(), DATABASE, &directory, bench.sizes.tables)
}

fn our_way<'a>(bench: &'a Bench, site: &'a Site, ours: &'a Ours<'a>) -> Way<'a> {
    let text = site.move_file(DATABASE, "");
    Way {
        name: BOATLIFT,
        what: format!(
            "`boatlift run` of the METADATA stage from process start to exit: check, survey, \
             plan, copy over {CONNECTIONS} connections (listings read ahead on up to 8 more), read \
             back and compare, report; no state from before"
        ),
        objects: bench.sizes.tables,
        work: Box::new(move || {
            clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
            ours.forget()?;
            let taken = ours.run(&text)?;
            expect(on_upper(site)?, bench.sizes.tables).map(|()| taken)
        }),
    }
}

fn on_upper(site: &Site) -> Result<usize> {
    let upper = pool(&site.upper.metastore_uri());
    Ok(upper.read(|metastore| metastore.table_names(DATABASE))?.len())
}

fn result(
    bench: &Bench,
    name: &'static str,
    rows: Vec<Row>,
    notes: Vec<String>,
) -> Result<CaseResult> {
    let title = format!("METADATA of {} external ORC tables of 20 columns", bench.sizes.tables);
    Ok(CaseResult { name, title, unit: "tables", rows, notes, ..CaseResult::default() })
}

/// A way that did less than it was to do has no time.
pub(super) fn expect(found: usize, wanted: usize) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("UPPER has {found} objects, not {wanted}").into()),
    }
}
