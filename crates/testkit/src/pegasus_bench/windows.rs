//! For how long writes are refused, by what the servers are and how they are tuned.

use super::Bench;
use super::attempt::Attempt;
use crate::bench::{CaseResult, Result, Row, Shown};
use crate::fake_pegasus::{Settings, Version};
use crate::pegasus_handover::Scope;
use std::collections::BTreeMap;
use std::time::Duration;

/// Servers as they are met.
pub(super) struct Profile {
    name: &'static str,
    about: &'static str,
    pub(super) version: Version,
    sync: Duration,
    group_check: Duration,
    max_reject: Duration,
}

impl Profile {
    pub(super) fn tune(&self, settings: &mut Settings) {
        settings.config_sync = self.sync;
        settings.group_check = self.group_check;
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Measures 2.6, tuned.
pub(super) fn master(bench: &Bench) -> Result<CaseResult> {
    let about = "2.6 with a config sync of 1 s; group checks every 100 s, as they come";
    let (sync, group_check, max_reject) = (seconds(1), seconds(100), seconds(30));
    let (name, version) = ("master", Version::V2_6);
    measure(bench, &Profile { name, about, version, sync, group_check, max_reject })
}

/// Measures 2.5, tuned.
pub(super) fn tuned(bench: &Bench) -> Result<CaseResult> {
    let about = "2.5 with a config sync and group checks of 1 s";
    let (sync, group_check, max_reject) = (seconds(1), seconds(1), seconds(30));
    let (name, version) = ("tuned-2.5", Version::V2_5);
    measure(bench, &Profile { name, about, version, sync, group_check, max_reject })
}

/// Measures 2.5 as it comes: the cutover itself shortens the config sync.
pub(super) fn untuned_2_5(bench: &Bench) -> Result<CaseResult> {
    let about =
        "2.5 with a config sync of 30 s, which the cutover shortens, and group checks of 10 s";
    let (sync, group_check, max_reject) = (seconds(30), seconds(10), seconds(60));
    let (name, version) = ("untuned-2.5", Version::V2_5);
    measure(bench, &Profile { name, about, version, sync, group_check, max_reject })
}

/// Measures 2.4 as it comes: its config sync cannot be shortened while it runs.
pub(super) fn untuned_2_4(bench: &Bench) -> Result<CaseResult> {
    let about = "2.4 with a config sync of 30 s and group checks of 10 s";
    let (sync, group_check, max_reject) = (seconds(30), seconds(10), seconds(120));
    let (name, version) = ("untuned-2.4", Version::V2_4);
    measure(bench, &Profile { name, about, version, sync, group_check, max_reject })
}

fn measure(bench: &Bench, profile: &Profile) -> Result<CaseResult> {
    let attempts = bench.sizes.attempts as u64;
    let tuned = |settings: &mut Settings| profile.tune(settings);
    let ours = (0..attempts).map(|seed| {
        Attempt::ours(Scope::simulated(profile.version, seed), profile.max_reject, tuned)
    });
    let ours = ours.collect::<Result<Vec<Attempt>>>()?;
    let waiting: Vec<Attempt> =
        (0..attempts.div_ceil(4)).map(|seed| Attempt::by_waiting(profile, seed)).collect();
    let (done, lifted): (Vec<&Attempt>, Vec<&Attempt>) =
        ours.iter().partition(|attempt| attempt.is_done);
    if done.is_empty() {
        return Err("no attempt was handed over".into());
    }
    let lost = |all: &[Attempt]| all.iter().map(|attempt| attempt.lost).sum::<usize>() as f64;
    let foreseen = done.first().map_or(0.0, |attempt| attempt.foreseen.as_secs_f64());
    let figures = BTreeMap::from([
        ("acknowledged writes lost", lost(&ours)),
        ("acknowledged writes lost by waiting", lost(&waiting)),
        ("attempts", ours.len() as f64),
        ("attempts that were lifted", lifted.len() as f64),
        ("seconds foreseen at most", foreseen),
        ("off what was foreseen", (slowest(&done) / foreseen - 1.0).abs()),
    ]);
    let mut rows = vec![row("boatlift", "the cutover that hands over", &done)];
    if !lifted.is_empty() {
        let what =
            "attempts whose fence was lifted again: a tail stuck, and writes went on on LOWER";
        rows.push(row("boatlift, lifted", what, &lifted));
    }
    let what = "Table-Migrator's algorithm: time-outs, 40 s of waiting, then the entry";
    rows.push(row("by waiting", what, &waiting.iter().collect::<Vec<_>>()));
    Ok(CaseResult {
        name: profile.name,
        title: format!("seconds for which writes are refused, {}", profile.about),
        unit: "handovers",
        shown: Shown::Distribution,
        rows,
        figures,
        notes: vec![
            "Simulated time: the timers of four partitions on three servers, the tails of their logs \
             and three clients with some 190 writes a second; talk costs nothing."
                .to_owned(),
        ],
    })
}

/// The 99th of a hundred, in seconds.
fn slowest(attempts: &[&Attempt]) -> f64 {
    let mut windows: Vec<f64> = attempts.iter().map(|one| one.window.as_secs_f64()).collect();
    windows.sort_by(f64::total_cmp);
    let at = (windows.len() * 99).div_ceil(100).saturating_sub(1);
    windows.get(at).copied().unwrap_or_default()
}

fn row(name: &'static str, what: &str, attempts: &[&Attempt]) -> Row {
    let taken = attempts.iter().map(|attempt| attempt.taken()).collect();
    Row { name, what: what.to_owned(), objects: 1, taken }
}
