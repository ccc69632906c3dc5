//! Requests of a copy inside one server, counted by the fault server in front of moto.

use super::Bench;
use super::programs::{BOATLIFT, Place, Programs};
use crate::bench::{CaseResult, Result, Row, tell};
use crate::services::aws_faults::{AwsFaults, AwsFaultsOptions};
use std::collections::BTreeMap;
use std::fs;

const LOWER: &str = "lower-bucket";
const UPPER: &str = "upper-bucket";
/// Keys in a page of a listing.
const PAGE: usize = 1_000;

/// Counts them.
///
/// # Errors
/// When the run fails, or a request is none that Amazon knows.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let count = bench.sizes.counted;
    let server = AwsFaults::start(&AwsFaultsOptions::default())?;
    let programs = Programs::new(bench)?;
    let endpoint = server.endpoint();
    for bucket in [LOWER, UPPER] {
        endpoint.make_bucket(bucket)?;
        endpoint.keep_versions(bucket)?;
    }
    let home = tempfile::tempdir()?;
    for number in 0..count {
        fs::write(home.path().join(format!("part-{number:07}")), number.to_string())?;
    }
    let from = format!("{}/", home.path().display());
    programs.timed(&programs.s5cmd(endpoint, &["cp", &from, &format!("s3://{LOWER}/")]))?;
    let before = server.record()?.calls;
    let place = |bucket| Place { server: endpoint, bucket };
    let taken = programs.timed(&programs.boatlift(place(LOWER), place(UPPER)))?;
    tell(BOATLIFT, &taken, 1);
    let mut record = server.record()?;
    record.calls.iter_mut().for_each(|(name, times)| *times -= before.get(name).unwrap_or(&0));
    record.calls.retain(|_, times| *times > 0);
    if let Some(invalid) = record.invalid.first() {
        return Err(format!("a request that Amazon does not know: {invalid}").into());
    }
    let what = "a first copy between two buckets that keep versions, with the look at every copy";
    Ok(CaseResult {
        name: "requests",
        title: format!("requests for {count} objects, copied by the server"),
        unit: "objects",
        rows: vec![Row {
            name: BOATLIFT,
            what: what.to_owned(),
            objects: count,
            taken: vec![taken],
        }],
        figures: figures(&record.calls, count),
        notes: vec![format!("The requests by name: {}.", named(&record.calls))],
    })
}

fn figures(calls: &BTreeMap<String, u64>, count: usize) -> BTreeMap<&'static str, f64> {
    let all: u64 = calls.values().sum();
    // A copy and a look for each, the pages of LOWER and the one page of an empty UPPER.
    let least = 2 * count + count.div_ceil(PAGE) + 1;
    BTreeMap::from([
        ("requests", all as f64),
        ("requests that are wanted", least as f64),
        ("share of the wanted", all as f64 / least as f64),
    ])
}

fn named(calls: &BTreeMap<String, u64>) -> String {
    let named = calls.iter().map(|(name, times)| format!("{name} {times}"));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_a_copy_a_look_and_the_pages() {
        let calls = BTreeMap::from([
            ("s3:CopyObject".to_owned(), 2_000),
            ("s3:HeadObject".to_owned(), 2_000),
            ("s3:ListObjectsV2".to_owned(), 3),
        ]);
        let share = figures(&calls, 2_000).get("share of the wanted").copied();
        assert_eq!(share, Some(1.0));
        assert!(figures(&calls, 1_000).get("share of the wanted").is_some_and(|it| *it > 1.9));
    }
}
