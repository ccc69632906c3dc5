//! Runs after which nothing is different: by the notification logs, and by comparing all.

use super::metadata::{DATABASE, fill};
use super::ours::Ours;
use super::site::Site;
use super::{Bench, Result, clearing};
use crate::bench::{CaseResult, Row, Taken, tell};

/// Measures the runs that follow a copy, in their order.
///
/// # Errors
/// When a run fails.
pub(super) fn measure(bench: &Bench, site: &Site) -> Result<CaseResult> {
    fill(bench, site)?;
    clearing::drop_all(&site.upper.metastore_uri(), DATABASE)?;
    let ours = Ours::new(bench)?;
    let followed = site.move_file(DATABASE, "");
    let compared = site.move_file(DATABASE, "  notifications: false\n");
    let row = |name, what: &str, text: &str, runs| -> Result<Row> {
        let taken: Vec<Taken> = (0..runs).map(|_| ours.run(text)).collect::<Result<_>>()?;
        taken.iter().for_each(|taken| tell(name, taken, 1));
        Ok(Row { name, what: what.to_owned(), objects: bench.sizes.tables, taken })
    };
    let runs = bench.sizes.runs;
    let copy = row("the copy before", "UPPER is empty, there is no state", &followed, 1)?;
    let first = row(
        "the first run after it",
        "the logs tell of our own changes on UPPER: everything is read again, once",
        &followed,
        1,
    )?;
    let by_log = row(
        "by notifications",
        "the runs after that: both logs are asked, and nothing has changed",
        &followed,
        runs,
    )?;
    // The first one looks at everything for the first time without the logs' help.
    ours.run(&compared)?;
    let by_comparison = row(
        "by comparison",
        "`notifications: false`: every object of both sides is read and compared, in every run",
        &compared,
        runs,
    )?;
    Ok(CaseResult {
        name: "unchanged",
        title: format!("nothing changed since the last run, {} tables", bench.sizes.tables),
        unit: "tables",
        rows: vec![by_log, by_comparison, first, copy],
        ..CaseResult::default()
    })
}
