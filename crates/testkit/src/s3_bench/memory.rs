//! The memory that we take when very many objects are in scope.
//!
//! The keys are made up by the fault server as they are listed: no server holds them.

use super::Bench;
use super::programs::{BOATLIFT, Place, Programs};
use crate::bench::{CaseResult, Result, Row, tell};
use crate::services::aws_faults::{AwsFaults, AwsFaultsOptions};
use std::collections::BTreeMap;

const LOWER: &str = "generated";
const UPPER: &str = "upper-bucket";

/// Measures a survey with its plan.
///
/// # Errors
/// When the run fails.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let count = bench.sizes.scope;
    let generated = BTreeMap::from([(LOWER.to_owned(), count as u64)]);
    let server = AwsFaults::start(&AwsFaultsOptions { generated, ..Default::default() })?;
    for bucket in [LOWER, UPPER] {
        server.endpoint().make_bucket(bucket)?;
    }
    let programs = Programs::new(bench)?;
    let place = |bucket| Place { server: server.endpoint(), bucket };
    let mut command = programs.boatlift(place(LOWER), place(UPPER));
    let taken = programs.timed(command.arg("--dry-run"))?;
    tell(BOATLIFT, &taken, 1);
    let what = "`--dry-run` to an empty UPPER: listing, difference and plan";
    Ok(CaseResult {
        name: "memory",
        title: format!("memory with {count} objects in scope"),
        unit: "objects",
        rows: vec![Row {
            name: BOATLIFT,
            what: what.to_owned(),
            objects: count,
            taken: vec![taken],
        }],
        notes: vec![
            "The keys are made up by a server in Python as they are listed, so nothing can be \
             copied of them and the time says nothing of a real one."
                .to_owned(),
        ],
        ..CaseResult::default()
    })
}
