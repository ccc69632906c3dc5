//! Retries: items whose error may pass, or that moved while they were read.

use super::{Results, StageWork};
use crate::live::LiveOutcomes;
use boatlift_core::error::Result;
use boatlift_core::outcome::{self, Indexed};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often a step is tried in one run.
pub(super) const ATTEMPTS: u32 = 4;
/// How long to wait before the second, third and fourth attempt.
const PAUSES: [Duration; ATTEMPTS as usize - 1] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4)];

/// Tries again what asked for it, until it is good or has been tried often enough.
pub(super) fn run(work: &StageWork<'_>, results: &mut Results) -> Result<()> {
    for (attempt, pause) in (2..).zip(PAUSES) {
        let again = by_page(std::mem::take(&mut results.again));
        if again.is_empty() {
            return Ok(());
        }
        work.pace.wait(pause).map_err(|_| super::interrupted())?;
        for (page, indices) in again {
            try_again(work, results, page, &indices, attempt)?;
        }
    }
    Ok(())
}

fn by_page(items: Vec<(u32, u32)>) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut pages: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (page, index) in items {
        pages.entry(page).or_default().insert(index);
    }
    pages
}

fn try_again(
    work: &StageWork<'_>,
    results: &mut Results,
    page: u32,
    indices: &BTreeSet<u32>,
    attempt: u32,
) -> Result<()> {
    let (plan, route, stage) = (work.plan.number, work.route, work.stage as u32);
    let entries = work.entries(page)?;
    let (news, broken) = work.carry(&entries, |index| indices.contains(&index));
    (work.fence)()?;
    if !work.stage().verifies {
        work.upper.flush()?;
    }
    let outcomes = encode_merged(work.receipts(page, work.stage)?, &news);
    work.live.put(&[LiveOutcomes { plan, route, stage, page, outcomes }])?;
    results.take(work, page, &entries, &news, attempt);
    broken.map_or(Ok(()), Err)
}

/// Encodes `former` with what `news` says of the same entries instead.
pub(super) fn encode_merged(former: Vec<Indexed>, news: &[Indexed]) -> Vec<u8> {
    if former.is_empty() {
        return outcome::encode(news);
    }
    let newer: BTreeSet<u32> = news.iter().map(|(index, _)| *index).collect();
    let kept = former.into_iter().filter(|(index, _)| !newer.contains(index));
    outcome::encode(&kept.chain(news.iter().cloned()).collect::<Vec<_>>())
}
