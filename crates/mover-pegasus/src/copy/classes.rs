//! Which partitions of both sides hold the same rows. Pure.
//!
//! A row is in the partition that the rest of its hash names. With as many partitions on both
//! sides that is one on each; otherwise the rows of some are in some others: those whose numbers
//! leave the same rest by the greatest common divisor. Such a class is copied and compared as one,
//! and each row is read once.

/// How the rows of a table fall into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Classes {
    lower: u32,
    upper: u32,
}

impl Classes {
    /// Of a table with so many partitions on each side.
    pub(crate) fn new(lower: u32, upper: u32) -> Classes {
        Classes { lower: lower.max(1), upper: upper.max(1) }
    }

    /// How many there are.
    pub(crate) fn count(self) -> u32 {
        let (mut larger, mut rest) = (self.lower, self.upper);
        while rest != 0 {
            (larger, rest) = (rest, larger % rest);
        }
        larger
    }

    /// LOWER's partitions of a class.
    pub(crate) fn of_lower(self, class: u32) -> impl Iterator<Item = u32> {
        (class..self.lower).step_by(self.count() as usize)
    }

    /// UPPER's.
    pub(crate) fn of_upper(self, class: u32) -> impl Iterator<Item = u32> {
        (class..self.upper).step_by(self.count() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_leads_into_the_same_class_on_both_sides() {
        for (lower, upper, count) in [(4, 4, 4), (4, 8, 4), (8, 4, 4), (6, 4, 2), (3, 8, 1)] {
            let classes = Classes::new(lower, upper);
            assert_eq!(classes.count(), count);
            for hash in 0_u32..200 {
                let class = hash % count;
                assert!(classes.of_lower(class).any(|partition| partition == hash % lower));
                assert!(classes.of_upper(class).any(|partition| partition == hash % upper));
            }
            let all = (0..count).flat_map(|class| classes.of_upper(class)).count();
            assert_eq!(all, upper as usize);
        }
    }
}
