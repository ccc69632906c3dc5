//! Random trees and random edits: whatever was done to LOWER, and to UPPER behind our
//! back, the next run makes UPPER as LOWER is.

use crate::harness::{Place, need_root, quick};
use boatlift_testkit::judges;
use boatlift_testkit::trees::{Edits, random_edits, random_tree};
use proptest::prelude::*;
use std::path::Path;

/// One move: a tree, then rounds of edits on either side with a run after each.
#[derive(Debug, Clone)]
struct Story {
    seed: u64,
    entries: usize,
    rounds: Vec<Round>,
}

/// So many edits of each side, and how the run after them is made.
#[derive(Debug, Clone)]
struct Round {
    lower_edits: usize,
    upper_edits: usize,
    checksum: bool,
}

fn stories() -> impl Strategy<Value = Story> {
    let round = (0..30usize, prop_oneof![3 => Just(0usize), 1 => 0..10usize], any::<bool>());
    let round = round.prop_map(|(lower_edits, upper_edits, checksum)| Round {
        lower_edits,
        upper_edits,
        checksum,
    });
    let rounds = proptest::collection::vec(round, 1..4);
    (any::<u64>(), 1..150usize, rounds).prop_map(|(seed, entries, rounds)| Story {
        seed,
        entries,
        rounds,
    })
}

/// Plays a story, and asks the judges after each run.
fn play(story: &Story) -> Result<(), TestCaseError> {
    let place = Place::new();
    random_tree(&place.lower, story.seed, story.entries).expect("a tree");
    run(&place, &["--delete=all", "--max-delete=100%"])?;
    for (number, round) in story.rounds.iter().enumerate() {
        let seed = story.seed.wrapping_add(1_000 * (number as u64 + 1));
        // Only a comparison of content is asked to see through a disguise.
        let kind = if round.checksum { Edits::Disguised } else { Edits::Visible };
        random_edits(&place.lower, seed, round.lower_edits, kind).expect("edits of LOWER");
        random_edits(&place.upper, seed + 1, round.upper_edits, kind).expect("edits of UPPER");
        if is_empty(&place.lower) {
            return Ok(());
        }
        let mut options = vec!["--delete=all", "--max-delete=100%"];
        if round.checksum {
            options.push("--checksum");
        }
        run(&place, &options)?;
    }
    Ok(())
}

fn run(place: &Place, options: &[&str]) -> Result<(), TestCaseError> {
    let ran = place.mirror(options);
    let (code, said) = (ran.status.code(), format!("{}{}", ran.stdout, ran.stderr));
    prop_assert_eq!(code, Some(0), "{}", said);
    let verdict = judges::judge(&place.lower, &place.upper);
    prop_assert_eq!(verdict, Ok(()));
    Ok(())
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).expect("a listing").next().is_none()
}

#[test]
fn whatever_was_edited_upper_becomes_as_lower_is() {
    need_root();
    let config = ProptestConfig {
        cases: if quick() { 8 } else { 40 },
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(story in stories())| { play(&story)?; });
}
