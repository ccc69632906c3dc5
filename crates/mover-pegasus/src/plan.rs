//! The stages of a Pegasus move, and the step that an entry asks for. Pure: the same plan gives
//! the same steps before and after a crash.

use boatlift_core::compare::Verdict;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Order, Stage};
use boatlift_core::page::Entry;

/// Tables come before their partitions.
pub(crate) const STAGES: &[Stage] = &[stage("tables"), stage("partitions")];
const OF_TABLES: usize = 0;

const fn stage(name: &'static str) -> Stage {
    Stage { name, order: Order::Forward, carries: true, removes: false, verifies: false }
}

/// What an item is about: its key is `TABLE`, or `TABLE/00012` for a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About<'a> {
    pub(crate) table: &'a str,
    pub(crate) partition: Option<u32>,
}

impl<'a> About<'a> {
    /// Reads a key; `None` where it is none of ours.
    pub(crate) fn read(key: &'a [u8]) -> Option<About<'a>> {
        let key = std::str::from_utf8(key).ok()?;
        match key.split_once('/') {
            None => Some(About { table: key, partition: None }),
            Some((table, partition)) => {
                Some(About { table, partition: Some(partition.parse().ok()?) })
            }
        }
    }

    /// The key.
    pub(crate) fn key(&self) -> String {
        match self.partition {
            None => self.table.to_owned(),
            Some(partition) => format!("{}/{partition:05}", self.table),
        }
    }
}

/// The step that `entry` asks for. Nothing is ever removed: what UPPER has beside is not ours.
pub(crate) fn step(stage: usize, entry: &Entry<'_>) -> Option<Step> {
    entry.lower?;
    let about = About::read(entry.key.as_bytes())?;
    let is_its_stage = about.partition.is_none() == (stage == OF_TABLES);
    match entry.verdict {
        Verdict::Same => None,
        _ if is_its_stage => Some(Step::Carry),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for (table, partition, key) in [
            ("orders", None, "orders"),
            ("a.b:c", Some(7), "a.b:c/00007"),
            ("t", Some(123_456), "t/123456"),
        ] {
            let about = About { table, partition };
            assert_eq!(about.key(), key);
            assert_eq!(About::read(key.as_bytes()), Some(about));
        }
        assert_eq!(About::read(b"t/x"), None);
        assert_eq!(About::read(b"\xff"), None);
    }
}
