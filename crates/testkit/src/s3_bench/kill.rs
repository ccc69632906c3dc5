//! A run that is killed at half, and the run after it.
//!
//! An object that was written again has another file, and so another inode, in the gateway's
//! folder: what has a receipt when the run is killed must have the same one at the end.

use super::gateway::Gateway;
use super::programs::{BOATLIFT, Place, Programs};
use super::{Bench, stream};
use crate::bench::{CaseResult, Result, Row, Shown, tell};
use boatlift_core::Outcome;
use boatlift_engine::journal;
use boatlift_engine::live::Live;
use boatlift_engine::segment::Segment;
use boatlift_engine::state::StateDir;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LOWER: &str = "lower-bucket";
const UPPER: &str = "upper-bucket";
/// How long half of the work may take.
const LIMIT: Duration = Duration::from_secs(600);
/// How often UPPER is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// More stages than any plan has.
const STAGES: u32 = 16;

/// What a kill left, and what came of it.
struct Killed {
    row: Row,
    figures: [(&'static str, f64); 3],
    note: String,
}

/// Kills a run of small objects that the server copies, and one of large ones that pass
/// through here.
///
/// # Errors
/// When a run fails, or ends before it is killed.
pub(super) fn measure(bench: &Bench) -> Result<CaseResult> {
    let small = small(bench)?;
    let large = large(bench)?;
    let mut figures = BTreeMap::new();
    for (name, figure) in small.figures.into_iter().chain(large.figures) {
        *figures.entry(name).or_insert(0.0) += figure;
    }
    figures.insert("wrong", figures.values().sum());
    Ok(CaseResult {
        name: "kill",
        title: "kill -9 when half is at UPPER, and the run after it".to_owned(),
        unit: "objects",
        shown: Shown::Rates,
        rows: vec![small.row, large.row],
        figures,
        notes: vec![small.note, large.note],
    })
}

fn small(bench: &Bench) -> Result<Killed> {
    let gateway = Gateway::start(&[LOWER, UPPER])?;
    gateway.fill(LOWER, bench.sizes.objects, bench.sizes.object_bytes)?;
    killed(
        bench,
        (&gateway, &gateway),
        bench.sizes.objects,
        "boatlift mirror, copied by the server",
    )
}

fn large(bench: &Bench) -> Result<Killed> {
    let (lower, upper) = (Gateway::start(&[LOWER])?, Gateway::start(&[UPPER])?);
    // Larger than what goes in one request, so that there are uploads to be left.
    let size = (bench.sizes.large, 2 * bench.sizes.large_bytes);
    stream::upload(&Programs::new(bench)?, &lower, LOWER, size)?;
    killed(bench, (&lower, &upper), bench.sizes.large, "boatlift mirror, passed through by parts")
}

fn killed(
    bench: &Bench,
    (lower, upper): (&Gateway, &Gateway),
    count: usize,
    name: &'static str,
) -> Result<Killed> {
    let programs = Programs::new(bench)?;
    let from = Place { server: lower.endpoint(), bucket: LOWER };
    let to = Place { server: upper.endpoint(), bucket: UPPER };
    let command = || programs.boatlift(from, to);
    kill_at_half(&mut command(), upper, count)?;
    let (there, left) = (upper.objects(UPPER)?, upper.uploads(UPPER)?);
    let receipted = receipted(&programs.state())?;
    let taken = programs.timed(&command())?;
    tell(name, &taken, 1);
    let now = upper.objects(UPPER)?;
    let written: BTreeSet<&String> = now
        .iter()
        .filter(|(key, inode)| there.get(*key) != Some(*inode))
        .map(|(key, _)| key)
        .collect();
    let twice = receipted.iter().filter(|key| written.contains(key)).count();
    Ok(Killed {
        row: Row {
            name,
            what: format!("the run after the kill, of {count} objects"),
            objects: count,
            taken: vec![taken],
        },
        figures: [
            ("copied twice with a receipt", twice as f64),
            ("missing", count.abs_diff(now.len()) as f64),
            ("uploads left", upper.uploads(UPPER)? as f64),
        ],
        note: format!(
            "{name}: at the kill {} of {count} objects were at UPPER, {} with a receipt, and \
             {left} uploads were open; the run after it wrote {}.",
            there.len(),
            receipted.len(),
            written.len(),
        ),
    })
}

fn kill_at_half(command: &mut Command, upper: &Gateway, count: usize) -> Result<()> {
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let until = Instant::now() + LIMIT;
    while upper.objects(UPPER)?.len() < count / 2 {
        if let Some(status) = running.try_wait()? {
            return Err(format!("{BOATLIFT} ended with {status} before it was killed").into());
        }
        if Instant::now() > until {
            running.kill()?;
            running.wait()?;
            return Err("half of the work took too long".into());
        }
        std::thread::sleep(LOOK);
    }
    running.kill()?;
    running.wait()?;
    Ok(())
}

/// The keys of the open plan that have a durable receipt of a copy.
fn receipted(state: &Path) -> Result<BTreeSet<String>> {
    let state = StateDir::open(state)?;
    let view = journal::read_view(&state.journal_path())?;
    let live = Live::open(&state.live_path())?;
    let mut keys = BTreeSet::new();
    let Some(plan) = view.plan.as_ref().filter(|plan| !plan.is_settled()) else {
        return Ok(keys);
    };
    for route in &plan.plan.routes {
        let difference = Segment::open(&state.segments_path(), &route.difference)?;
        for number in 0..difference.pages() {
            let page = difference.read_page(number)?;
            for stage in 0..STAGES {
                let outcomes = live.get(plan.plan.number, route.route, stage, number)?;
                let made = outcomes.unwrap_or_default().into_iter();
                let made = made.filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
                keys.extend(made.map(|(index, _)| page.get(index as usize).key.to_string()));
            }
        }
    }
    Ok(keys)
}
