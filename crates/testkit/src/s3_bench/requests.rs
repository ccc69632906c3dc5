//! Requests of a copy inside one server, counted by the fault server in front of moto.

use super::Bench;
use super::pinned::Pinned;
use super::programs::{BOATLIFT, Place, Programs};
use crate::bench::{CaseResult, Result, Row, Shown, Taken, tell};
use crate::services::aws_faults::{AwsFaults, AwsFaultsOptions};
use std::collections::BTreeMap;
use std::fs;

const LOWER: &str = "lower-bucket";
/// Where mirrored objects go, and where clones go.
const UPPERS: [&str; 2] = ["mirror-bucket", "clone-bucket"];
/// The move that pins versions.
const CLONES: &str = "boatlift run of a redshift move";
/// Keys in a page of a listing.
const PAGE: usize = 1_000;

type Calls = BTreeMap<String, u64>;

/// Counts them: of a mirror, and of a move that pins the version of every object, which is
/// held against the goal.
///
/// # Errors
/// When a run fails, or a request is none that Amazon knows.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let count = bench.sizes.counted;
    let server = AwsFaults::start(&AwsFaultsOptions::default())?;
    let programs = Programs::new(bench)?;
    let place = |bucket| Place { server: server.endpoint(), bucket };
    let keys = fill(&server, &programs, count)?;
    let pinned = Pinned::loaded(place(LOWER), &keys)?;
    let mirrored =
        counted(&server, || programs.timed(&programs.boatlift(place(LOWER), place(UPPERS[0]))))?;
    let cloned = counted(&server, || pinned.cloned(bench, &programs, place(UPPERS[1])))?;
    let row = |name, what: &str, taken: Taken| {
        tell(name, &taken, 1);
        Row { name, what: what.to_owned(), objects: count, taken: vec![taken] }
    };
    Ok(CaseResult {
        name: "requests",
        title: format!("requests for {count} objects, copied by the server"),
        unit: "objects",
        shown: Shown::Rates,
        rows: vec![
            row(
                CLONES,
                "clones of what a warehouse loaded, between two buckets that keep versions: each \
                 object is looked at and exactly that version is copied",
                cloned.0,
            ),
            row(
                BOATLIFT,
                "a first copy between the same buckets: listed, copied, and confirmed by listing",
                mirrored.0,
            ),
        ],
        figures: figures(&cloned.1, count),
        notes: vec![
            format!("The requests of the move by name: {}.", named(&cloned.1)),
            format!("Those of `mirror`: {}.", named(&mirrored.1)),
        ],
    })
}

/// Makes the buckets, and puts objects of one content into LOWER. Tells their keys.
fn fill(server: &AwsFaults, programs: &Programs<'_>, count: usize) -> Result<Vec<String>> {
    let endpoint = server.endpoint();
    for bucket in [LOWER, UPPERS[0], UPPERS[1]] {
        endpoint.make_bucket(bucket)?;
        endpoint.keep_versions(bucket)?;
    }
    let home = tempfile::tempdir()?;
    let keys: Vec<String> = (0..count).map(|number| format!("part-{number:07}")).collect();
    for key in &keys {
        fs::write(home.path().join(key), "content")?;
    }
    let from = format!("{}/", home.path().display());
    programs.timed(&programs.s5cmd(endpoint, &["cp", &from, &format!("s3://{LOWER}/")]))?;
    Ok(keys)
}

/// Does the work and tells which calls it made.
fn counted(server: &AwsFaults, work: impl FnOnce() -> Result<Taken>) -> Result<(Taken, Calls)> {
    let before = server.record()?.calls;
    let taken = work()?;
    let mut record = server.record()?;
    record.calls.iter_mut().for_each(|(name, times)| *times -= before.get(name).unwrap_or(&0));
    record.calls.retain(|_, times| *times > 0);
    match record.invalid.first() {
        Some(invalid) => Err(format!("a request that Amazon does not know: {invalid}").into()),
        None => Ok((taken, record.calls)),
    }
}

fn figures(calls: &Calls, count: usize) -> BTreeMap<&'static str, f64> {
    let all: u64 = calls.values().sum();
    // A copy and a look for each, and as many pages of listings as they fill; one of an empty UPPER.
    let least = 2 * count + count.div_ceil(PAGE) + 1;
    BTreeMap::from([
        ("requests", all as f64),
        ("requests that are wanted", least as f64),
        ("share of the wanted", all as f64 / least as f64),
    ])
}

fn named(calls: &Calls) -> String {
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
