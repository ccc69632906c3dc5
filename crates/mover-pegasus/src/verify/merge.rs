//! What two rows in the order of their keys say of each other. Pure.

use boatlift_clients::pegasus::Record;
use std::cmp::Ordering;

/// How a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UPPER lacks it.
    Missing,
    /// LOWER lacks it.
    Extra,
    /// It has another value on UPPER.
    Value,
    /// It expires at another time on UPPER.
    Expiry,
}

impl Kind {
    /// The word in the list of differences.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Missing => "missing on UPPER",
            Kind::Extra => "only on UPPER",
            Kind::Value => "another value",
            Kind::Expiry => "another expiry",
        }
    }
}

/// What comes next of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Neither has any more.
    End,
    /// Both have the same.
    Same,
    /// The smaller key of the two differs.
    Differs(Kind),
}

/// Compares the next row of LOWER with the next one of UPPER.
pub(crate) fn step(lower: Option<&Record>, upper: Option<&Record>) -> Step {
    let (lower, upper) = match (lower, upper) {
        (None, None) => return Step::End,
        (Some(_), None) => return Step::Differs(Kind::Missing),
        (None, Some(_)) => return Step::Differs(Kind::Extra),
        (Some(lower), Some(upper)) => (lower, upper),
    };
    match lower.key.cmp(&upper.key) {
        Ordering::Less => Step::Differs(Kind::Missing),
        Ordering::Greater => Step::Differs(Kind::Extra),
        Ordering::Equal if lower.value != upper.value => Step::Differs(Kind::Value),
        Ordering::Equal if lower.expiry != upper.expiry => Step::Differs(Kind::Expiry),
        Ordering::Equal => Step::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_clients::pegasus::Expiry;

    fn row(key: &str, value: &str, expiry: i32) -> Record {
        let (key, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
        Record { key, value, expiry: Expiry::from_wire(expiry) }
    }

    #[test]
    fn the_smaller_key_is_told_first() {
        let (a, b) = (row("a", "1", 0), row("b", "1", 0));
        assert_eq!(step(None, None), Step::End);
        assert_eq!(step(Some(&a), None), Step::Differs(Kind::Missing));
        assert_eq!(step(Some(&a), Some(&b)), Step::Differs(Kind::Missing));
        assert_eq!(step(Some(&b), Some(&a)), Step::Differs(Kind::Extra));
        assert_eq!(step(Some(&a), Some(&a)), Step::Same);
        assert_eq!(step(Some(&a), Some(&row("a", "2", 0))), Step::Differs(Kind::Value));
        assert_eq!(step(Some(&a), Some(&row("a", "1", 5))), Step::Differs(Kind::Expiry));
    }
}
