//! The METADATA stage of one table with many partitions, against a bare loop.

use super::filling::{Form, one_table, partitioned};
use super::metadata::{BOATLIFT, expect};
use super::ours::Ours;
use super::site::{Site, pool};
use super::{BATCH, Bench, CONNECTIONS, Result, bare, clearing};
use crate::bench::{CaseResult, Taken, Way, interleaved};
use std::time::Instant;

const DATABASE: &str = "deep";
const TABLE: &str = "events";

/// Measures both.
///
/// # Errors
/// When a way fails.
pub(super) fn measure(bench: &Bench, site: &Site) -> Result<CaseResult> {
    let count = bench.sizes.partitions;
    let location = format!("{}/data/{DATABASE}/{TABLE}", site.lower.hdfs_url());
    let table = partitioned(DATABASE, TABLE, &location, Form::Orc);
    one_table(&site.lower.metastore_uri(), &table, count)?;
    let ours = Ours::new(bench)?;
    let rows =
        interleaved(bench.sizes.runs, vec![our_way(site, &ours, count), bare_way(site, count)])?;
    clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
    Ok(CaseResult {
        name: "partitions",
        title: format!("METADATA of one table with {count} partitions of 20 columns"),
        unit: "partitions",
        rows,
        ..CaseResult::default()
    })
}

fn our_way<'a>(site: &'a Site, ours: &'a Ours<'a>, count: usize) -> Way<'a> {
    let (text, upper) = (site.move_file(DATABASE, ""), site.upper.metastore_uri());
    Way {
        name: BOATLIFT,
        what: format!(
            "`boatlift run` of the METADATA stage from process start to exit, {CONNECTIONS} \
             connections (listings read ahead on up to 8 more), {BATCH} partitions a call; no state from before"
        ),
        objects: count,
        work: Box::new(move || {
            clearing::drop_all(&upper, DATABASE)?;
            ours.forget()?;
            let taken = ours.run(&text)?;
            let names =
                pool(&upper).read(|metastore| metastore.partition_names(DATABASE, TABLE))?;
            expect(names.len(), count).map(|()| taken)
        }),
    }
}

fn bare_way(site: &Site, count: usize) -> Way<'_> {
    let (lower, upper) = (site.lower.metastore_uri(), site.upper.metastore_uri());
    Way {
        name: "bare loop",
        what: format!(
            "the names of all partitions from LOWER, then {CONNECTIONS} connections to each \
             metastore: get by names, `add_partitions_req`, get by names, {BATCH} partitions a \
             call; nothing is compared or kept"
        ),
        objects: count,
        work: Box::new(move || {
            clearing::drop_all(&upper, DATABASE)?;
            let begun = Instant::now();
            let copied = bare::partitions(&lower, &upper, DATABASE, TABLE)?;
            let taken = Taken::here(begun.elapsed().as_secs_f64());
            expect(copied, count).map(|()| taken)
        }),
    }
}
