//! What a dead run promised: read from its journal, its segments and its live state, and
//! held against the bytes on UPPER. Digests are computed here, by the rule's own words.

use crate::harness::Place;
use boatlift_core::outcome::Outcome;
use boatlift_core::{Digest, KeyBuf};
use boatlift_engine::journal::{self, View};
use boatlift_engine::live::Live;
use boatlift_engine::segment::Segment;
use boatlift_engine::state::StateDir;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The digest that each key was promised to have.
type Promises = BTreeMap<KeyBuf, Digest>;

/// Asserts that every receipt names bytes that are on UPPER. Works on a copy of the state,
/// so that the next run finds it as the death left it.
#[track_caller]
pub(crate) fn assert_kept(place: &Place, after: &str) {
    if !place.state.join("journal.db").exists() {
        return;
    }
    let copy = tempfile::tempdir().expect("a temporary directory");
    let state = copy.path().join("state");
    let copied = Command::new("cp").arg("-a").args([&place.state, &state]).status();
    assert!(copied.expect("cp").success());
    for (key, promised) in promises(&state) {
        let path = path_of(place, &key);
        let found = fs::read(&path).map(|content| digest(&content, &promised));
        let found = found.unwrap_or_else(|error| panic!("after {after}: {key}: {error}"));
        assert_eq!(found, promised, "after {after}: {key} has other bytes than its receipt");
    }
}

/// The paths on UPPER that have a durable receipt with a digest.
pub(crate) fn receipted(place: &Place) -> Vec<PathBuf> {
    match place.state.join("live.db").exists() {
        true => promises(&place.state).into_keys().map(|key| path_of(place, &key)).collect(),
        false => Vec::new(),
    }
}

fn path_of(place: &Place, key: &KeyBuf) -> PathBuf {
    place.upper.join(OsStr::from_bytes(&key.0))
}

/// What the state promises. AGREED speaks for what the newest plan leaves alone; for the
/// rest only the plan's own receipts count.
fn promises(state: &Path) -> Promises {
    let state = StateDir::open(state).expect("a state directory");
    let view = journal::read_view(&state.journal_path()).expect("a journal");
    let mut promises = agreed(&state, &view);
    let Some(plan) = view.plan.as_ref().filter(|plan| !plan.is_settled()) else {
        return promises;
    };
    let live = Live::open(&state.live_path()).expect("live state");
    for route in &plan.plan.routes {
        let difference = Segment::open(&state.segments_path(), &route.difference);
        let difference = difference.expect("a plan's segment lies there before the plan");
        for number in 0..difference.pages() {
            let page = difference.read_page(number).expect("a page");
            for entry in page.iter() {
                for key in [Some(entry.key), entry.partner].into_iter().flatten() {
                    promises.remove(&key.to_owned());
                }
            }
            for stage in 0..16 {
                let outcomes = live.get(plan.plan.number, route.route, stage, number);
                for (index, outcome) in outcomes.expect("outcomes").unwrap_or_default() {
                    let key = page.get(index as usize).key.to_owned();
                    promise(&mut promises, key, &outcome);
                }
            }
        }
    }
    promises
}

fn promise(promises: &mut Promises, key: KeyBuf, outcome: &Outcome) {
    if let Some(digest) = outcome.receipt().and_then(|receipt| receipt.digest) {
        promises.insert(key, digest);
    }
}

fn agreed(state: &StateDir, view: &View) -> Promises {
    let mut promises = Promises::new();
    for agreement in view.agreed.values() {
        let segment = Segment::open(&state.segments_path(), &agreement.segment).expect("AGREED");
        for number in 0..segment.pages() {
            let page = segment.read_page(number).expect("a page");
            let with_digest = page.iter().filter_map(|entry| Some((entry.key, entry.digest?)));
            promises.extend(with_digest.map(|(key, digest)| (key.to_owned(), digest)));
        }
    }
    promises
}

/// The digest of `content` by the same rule as `like`.
fn digest(content: &[u8], like: &Digest) -> Digest {
    const BLOCK: usize = 64 << 10;
    match like {
        Digest::Blake3(_) => Digest::Blake3(blake3::hash(content).into()),
        Digest::Blake3Sparse(_) => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&(content.len() as u64).to_le_bytes());
            for (number, block) in content.chunks(BLOCK).enumerate() {
                if block.iter().any(|byte| *byte != 0) {
                    hasher.update(&((number * BLOCK) as u64).to_le_bytes());
                    hasher.update(block);
                }
            }
            Digest::Blake3Sparse(hasher.finalize().into())
        }
    }
}
