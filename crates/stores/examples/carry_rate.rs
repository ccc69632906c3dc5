//! How fast one machine lists and carries, without an engine around it:
//! `carry_rate LOWER UPPER [THREADS]`, where UPPER is an empty directory.

use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::store::{Detail, ListRequest, Listed};
use boatlift_core::{Error, Filter, Kind, Lane, Outcome, Page, Side, Store, Turn};
use boatlift_stores::PosixStore;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// Steps that one thread makes in one turn.
const TURN: usize = 1024;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lower, upper, rest @ ..] = &arguments[..] else {
        eprintln!("usage: carry_rate LOWER UPPER [THREADS]");
        std::process::exit(2);
    };
    let threads = rest.first().and_then(|word| word.parse().ok()).unwrap_or(2);
    let (lower, upper) = (PosixStore::open(Path::new(lower))?, PosixStore::open(Path::new(upper))?);
    let begun = Instant::now();
    let pages = list(&*lower)?;
    let entries: usize = pages.iter().map(Page::len).sum();
    told("listed", entries, begun);
    let Some(lane) = upper.lane_from(lower) else {
        eprintln!("there is no lane between these stores");
        std::process::exit(4);
    };
    for (word, step) in
        [("made", Step::MakeDirectory), ("carried", Step::Carry), ("looked at", Step::Look)]
    {
        let begun = Instant::now();
        let count = make(&*lane, &pages, step, threads);
        told(word, count, begun);
    }
    Ok(())
}

fn list(store: &dyn Store) -> Result<Vec<Page>, Error> {
    let request = ListRequest {
        filter: Arc::new(Filter::default()),
        detail: Detail::Basic,
        side: Side::Lower,
    };
    let mut listing = store.list(request)?;
    let mut pages = Vec::new();
    while let Some(listed) = listing.next(&Free)? {
        match listed {
            Listed::Page(page) => pages.push(page),
            Listed::Hole(hole) => eprintln!("{}: {}", hole.under, hole.error),
        }
    }
    Ok(pages)
}

/// Makes one step with every entry it is for, and counts the good outcomes.
fn make(lane: &dyn Lane, pages: &[Page], step: Step, threads: usize) -> usize {
    let turns = turns(pages, step);
    let (next, good) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let worst: Mutex<Option<Outcome>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((page, steps)) = turns.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let turn = Turn { page, steps, owners: true };
                    for (_, outcome) in lane.carry(&turn, &Free) {
                        match outcome.is_good() {
                            true => drop(good.fetch_add(1, Ordering::Relaxed)),
                            false => drop(worst.lock().map(|mut worst| worst.replace(outcome))),
                        }
                    }
                }
            });
        }
    });
    if let Ok(Some(outcome)) = worst.into_inner() {
        eprintln!("not all is good: {outcome:?}");
    }
    good.into_inner()
}

fn turns(pages: &[Page], step: Step) -> Vec<(&Page, Vec<(u32, Step)>)> {
    let takes = |kind: Kind| match step {
        Step::MakeDirectory => kind == Kind::Directory,
        _ => kind == Kind::File,
    };
    let mut turns = Vec::new();
    for page in pages {
        let steps: Vec<_> = (0..)
            .zip(page.iter())
            .filter(|(_, entry)| entry.lower.is_some_and(|lower| takes(lower.kind())))
            .map(|(index, _)| (index, step))
            .collect();
        turns.extend(steps.chunks(TURN).map(|steps| (page, steps.to_vec())));
    }
    turns
}

fn told(word: &str, count: usize, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{word} {count} in {seconds:.3} s: {:.0} a second", count as f64 / seconds);
}
