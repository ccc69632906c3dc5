//! Whole trees through the lane, before the judges.

use crate::ground::Ground;
use boatlift_testkit::judges::judge;
use boatlift_testkit::trees::{build_everything, random_tree};

#[test]
fn a_tree_with_every_sharp_case_arrives_whole() {
    let ground = Ground::new();
    build_everything(&ground.lower).expect("a tree");
    ground.mirror();
    assert_eq!(judge(&ground.lower, &ground.upper), Ok(()));
    // Again: nothing is disturbed.
    ground.mirror();
    assert_eq!(judge(&ground.lower, &ground.upper), Ok(()));
}

#[test]
fn random_trees_arrive_whole() {
    for seed in 0..5 {
        let ground = Ground::new();
        random_tree(&ground.lower, seed, 200).expect("a tree");
        ground.mirror();
        assert_eq!(judge(&ground.lower, &ground.upper), Ok(()), "seed {seed}");
    }
}
