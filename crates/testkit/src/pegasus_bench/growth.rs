//! How the window grows with partitions and with tables, in real time: sockets, two clusters and
//! the mover on this machine.

use super::Bench;
use super::attempt::Attempt;
use crate::bench::{CaseResult, Result, Row, Shown, tell};
use crate::fake_pegasus::{Settings, Version};
use crate::pegasus_handover::{Scope, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// Partitions of the tables of which there are several.
const FEW: u32 = 8;
const MAX_REJECT: Duration = Duration::from_secs(30);
/// Seeds that are tried at most for each attempt that shall hand over: tails stick now and then.
const TRIES: u64 = 10;

/// Measures one table of more and more partitions.
pub(super) fn partitions(bench: &Bench) -> Result<CaseResult> {
    let most = u32::try_from(bench.sizes.most_partitions)?;
    let all = [
        ("8 partitions", 8),
        ("64 partitions", 64),
        ("256 partitions", 256),
        ("1,024 partitions", 1_024),
    ];
    let ways = all.into_iter().filter(|(_, partitions)| *partitions <= most);
    let ways = ways.map(|(name, partitions)| (name, 1, partitions)).collect();
    measure(bench, "partitions", "how the window grows with partitions, 2.6, a sync of 1 s", ways)
}

/// Measures more and more tables that are led together.
pub(super) fn tables(bench: &Bench) -> Result<CaseResult> {
    let ways = vec![("1 table", 1, FEW), ("2 tables", 2, FEW), ("8 tables", 8, FEW)];
    let title = "how the window grows with tables of 8 partitions, 2.6, a sync of 1 s";
    measure(bench, "tables", title, ways)
}

fn measure(
    bench: &Bench,
    name: &'static str,
    title: &str,
    ways: Vec<(&'static str, u32, u32)>,
) -> Result<CaseResult> {
    let (mut rows, mut lost, mut lifted) = (Vec::new(), 0, 0);
    for (way, tables, partitions) in ways {
        let mut taken = Vec::new();
        for seed in 0..TRIES * bench.sizes.runs as u64 {
            if taken.len() == bench.sizes.runs {
                break;
            }
            let scope =
                Scope { time: Time::Real, version: Version::V2_6, seed, tables, partitions };
            let attempt = Attempt::ours(scope, MAX_REJECT, quick)?;
            lost += attempt.lost;
            match attempt.is_done {
                false => lifted += 1,
                true => {
                    tell(way, &attempt.taken(), taken.len() + 1);
                    taken.push(attempt.taken());
                }
            }
        }
        if taken.is_empty() {
            return Err(format!("{way}: no attempt was handed over").into());
        }
        let what = format!("{tables} × {partitions} partitions on three servers");
        rows.push(Row { name: way, what, objects: 1, taken });
    }
    Ok(CaseResult {
        name,
        title: title.to_owned(),
        unit: "handovers",
        shown: Shown::Distribution,
        rows,
        figures: BTreeMap::from([
            ("acknowledged writes lost", f64::from(u32::try_from(lost)?)),
            ("attempts that were lifted", f64::from(lifted)),
        ]),
        notes: vec![
            "Real time, over sockets. Both clusters share this machine with the mover, and all \
             servers of a cluster one process: a real cluster answers on many machines."
                .to_owned(),
        ],
    })
}

/// A set-up that is over sooner; nothing behind the fence depends on it.
fn quick(settings: &mut Settings) {
    settings.config_sync = Duration::from_secs(1);
    settings.duplication_sync = Duration::from_secs(1);
}
