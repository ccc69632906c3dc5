//! Files with holes: the holes stay, and the digest is of the content alone.

use crate::ground::{Ground, Item};
use boatlift_core::lane::Step;
use boatlift_core::{Digest, Outcome};
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

const BLOCK: usize = 64 << 10;

/// The digest by its definition, from the whole content.
fn digest(content: &[u8]) -> Digest {
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

fn make(path: &Path, size: u64, data: &[(u64, usize)]) {
    let file = File::create(path).expect("a file");
    file.set_len(size).expect("a size");
    for (offset, len) in data {
        file.write_all_at(&vec![b'x'; *len], *offset).expect("data");
    }
}

#[test]
fn holes_stay_holes_and_the_digest_is_as_defined() {
    let cases: [(u64, &[(u64, usize)]); 7] = [
        (10 << 20, &[]),
        (10 << 20, &[(0, 1)]),
        ((10 << 20) + 1, &[(10 << 20, 1)]),
        (8 << 20, &[(4096, 8192), (20_480, 100), (70_000, 5)]),
        (5 << 20, &[(65_535, 2), (1 << 20, 1 << 20), ((3 << 20) - 7, 100_000)]),
        (300_000, &[(150_000, 10)]),
        (64 << 20, &[(33 << 20, 3_000_000)]),
    ];
    for (size, data) in cases {
        let ground = Ground::new();
        let (from, to) = (ground.lower.join("f"), ground.upper.join("f"));
        make(&from, size, data);
        let outcome = ground.step_now(Step::Carry, "f");
        let receipt = outcome.receipt().unwrap_or_else(|| panic!("{outcome:?}"));
        let content = fs::read(&from).expect("LOWER's");
        assert_eq!(receipt.digest, Some(digest(&content)), "{size} {data:?}");
        assert!(receipt.bytes < size / 2, "only data is read");
        assert!(fs::read(&to).expect("UPPER's") == content, "{size} {data:?}");
        let blocks = |path: &Path| fs::metadata(path).expect("a look").blocks();
        assert_eq!(blocks(&to), blocks(&from), "{size} {data:?}");
    }
}

#[test]
fn another_layout_of_the_same_content_reads_back_equal() {
    let ground = Ground::new();
    make(&ground.lower.join("f"), 2 << 20, &[(100_000, 50_000)]);
    let outcome = ground.step_now(Step::Carry, "f");
    let digest = outcome.receipt().and_then(|receipt| receipt.digest);
    let content = fs::read(ground.lower.join("f")).expect("LOWER's");
    fs::write(ground.upper.join("f"), &content).expect("without holes");
    let item = Item { digest, ..ground.item("f") };
    let read = ground.step(Step::ReadBack, &item);
    assert!(matches!(read, Outcome::Done(_)), "{read:?}");
    let compared = ground.step(Step::CompareAndCarry, &item);
    assert!(matches!(compared, Outcome::Same(_)), "{compared:?}");
    File::options()
        .write(true)
        .open(ground.upper.join("f"))
        .and_then(|file| file.write_all_at(b"y", 1_500_000))
        .expect("a byte in what was a hole");
    let read = ground.step(Step::ReadBack, &Item { upper: None, ..item });
    assert!(matches!(read, Outcome::Failed(_)), "{read:?}");
}

#[test]
fn a_file_with_holes_that_changes_while_it_is_read_is_moving() {
    struct Change<'a>(&'a Path, std::sync::Once);
    impl boatlift_core::lane::Pace for Change<'_> {
        fn spend(
            &self,
            _: boatlift_core::Side,
            _: u64,
            bytes: u64,
        ) -> Result<(), boatlift_core::lane::Stopped> {
            if bytes > 0 {
                self.1.call_once(|| {
                    let file = File::options().write(true).open(self.0).expect("the file");
                    file.write_all_at(b"late", 10).expect("a change");
                });
            }
            Ok(())
        }
    }
    let ground = Ground::new();
    let from = ground.lower.join("f");
    make(&from, 64 << 20, &[(0, 4 << 20)]);
    let pace = Change(&from, std::sync::Once::new());
    assert_eq!(ground.paced(Step::Carry, &[ground.item("f")], &pace), [Outcome::Moving]);
}
