//! Nothing outside the roots is touched, whatever happens inside them.

use crate::carry::failure;
use crate::ground::{Ground, Item, beside, names};
use boatlift_core::lane::Step;
use boatlift_core::{Code, Outcome};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn a_link_in_the_place_of_a_directory_is_not_followed() {
    let ground = Ground::new();
    let outside = ground.top.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("f"), b"theirs").expect("a file");
    fs::create_dir_all(ground.lower.join("d/e")).expect("directories");
    fs::write(ground.lower.join("d/f"), b"ours").expect("a file");
    let there = |key| Item { upper: ground.item("d/f").lower, ..ground.item(key) };
    symlink(&outside, ground.upper.join("d")).expect("a link");
    for (step, key, code) in [
        (Step::Carry, "d/f", Code::KeyEscapes),
        (Step::CompareAndCarry, "d/f", Code::KeyEscapes),
        (Step::MakeDirectory, "d/e/", Code::KeyEscapes),
        (Step::SetAttributes, "d/f", Code::LookDiffers),
        (Step::ReadBack, "d/f", Code::LookDiffers),
        (Step::Look, "d/f", Code::LookDiffers),
    ] {
        let outcome = ground.step(step, &there(key));
        assert_eq!(failure(&outcome), Some(code), "{step:?}: {outcome:?}");
    }
    // What is behind the link is not the key's: there is nothing to remove.
    let outcome = ground.step(Step::Remove, &there("d/f"));
    assert!(matches!(outcome, Outcome::Same(_)), "{outcome:?}");
    let outcome = ground.step_now(Step::MakeDirectory, "d/");
    assert_eq!(failure(&outcome), Some(Code::InTheWay), "{outcome:?}");
    assert_eq!(names(&outside), ["f"]);
    assert_eq!(fs::read(outside.join("f")).expect("theirs"), b"theirs");
}

/// Exchanges `path` and `other`, over and over, while `act` runs.
fn swapping(path: &Path, other: &Path, act: impl FnOnce()) {
    let swap = || renameat_with(CWD, path, CWD, other, RenameFlags::EXCHANGE).expect("a swap");
    beside(swap, act);
}

#[test]
fn swapping_a_directory_for_a_link_leads_nobody_out_of_upper() {
    let ground = Ground::new();
    let outside = ground.top.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::create_dir_all(ground.lower.join("d/deep")).expect("directories");
    fs::create_dir_all(ground.upper.join("d/deep")).expect("directories");
    fs::create_dir(outside.join("deep")).expect("a directory");
    symlink(&outside, ground.upper.join("link")).expect("a link");
    let keys: Vec<String> = (0..200).map(|number| format!("d/deep/{number:03}")).collect();
    for key in &keys {
        fs::write(ground.lower.join(key), key).expect("a file");
    }
    let (mut good, mut refused) = (0, 0);
    swapping(&ground.upper.join("d"), &ground.upper.join("link"), || {
        for round in 0..20 {
            for key in &keys {
                let item = Item { upper: None, ..ground.item(key) };
                // A turn for each, so that each finds its way down anew.
                match ground.step(Step::Carry, &item) {
                    Outcome::Done(_) => good += 1,
                    Outcome::Failed(_) => refused += 1,
                    other => panic!("{other:?}"),
                }
            }
            if good > 0 && refused > 0 && round > 2 {
                break;
            }
        }
    });
    assert!(good > 0 && refused > 0, "{good} good, {refused} refused: nothing was tried");
    assert_eq!(names(&outside), ["deep"]);
    assert_eq!(names(&outside.join("deep")), [""; 0]);
}

#[test]
fn swapping_a_directory_for_a_link_leads_nobody_out_of_lower() {
    let ground = Ground::new();
    let outside = ground.top.path().join("outside");
    for (directory, content) in [(&ground.lower.join("d"), "ours"), (&outside, "secret")] {
        fs::create_dir(directory).expect("a directory");
        fs::write(directory.join("f"), content).expect("a file");
    }
    let item = ground.item("d/f");
    symlink(&outside, ground.lower.join("link")).expect("a link");
    let mut carried = 0;
    swapping(&ground.lower.join("d"), &ground.lower.join("link"), || {
        for _ in 0..2000 {
            match ground.step(Step::Carry, &item) {
                Outcome::Done(_) => {
                    let content = fs::read(ground.upper.join("d/f")).expect("the copy");
                    assert_eq!(content, b"ours");
                    carried += 1;
                }
                Outcome::Vanished => {}
                other => panic!("{other:?}"),
            }
        }
    });
    assert!(carried > 0, "nothing was tried");
}

#[test]
fn a_link_under_the_temporary_or_the_final_name_is_replaced_not_followed() {
    let ground = Ground::new();
    let outside = ground.top.path().join("outside");
    fs::write(&outside, b"theirs").expect("a file");
    fs::write(ground.lower.join("f"), b"ours").expect("a file");
    symlink(&outside, ground.upper.join("f")).expect("a link");
    assert!(ground.step_now(Step::Carry, "f").is_good());
    assert_eq!(fs::read(&outside).expect("theirs"), b"theirs");
    assert_eq!(fs::read(ground.upper.join("f")).expect("ours"), b"ours");
    assert!(fs::symlink_metadata(ground.upper.join("f")).expect("a look").is_file());
}
