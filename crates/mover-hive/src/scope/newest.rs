//! The newest partitions of a table, by name.
//!
//! A partition says in its values what time it is of; when its metadata was made says less
//! (MSCK and imports make years of partitions within a minute). Values are compared from
//! left to right, digits as numbers: `m=9` is older than `m=10`, `2020-1-9` than
//! `2020-01-10`. Hence dates count as dates if the year comes first; `31-12-2020` does not.
//! Hive's default partition (a NULL value) is older than every value.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Bytes;

/// What Hive writes for NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The places in `names` of the `most` newest partitions, in the order of `names`.
pub fn newest<S: AsRef<str>>(names: &[S], most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..names.len()).collect();
    if names.len() > most {
        let age = |a: &usize, b: &usize| by_values(names[*b].as_ref(), names[*a].as_ref());
        places.sort_unstable_by(age);
        places.truncate(most);
        places.sort_unstable();
    }
    places
}

/// Older first.
fn by_values(a: &str, b: &str) -> Ordering {
    let values = |name: &str| -> Vec<String> {
        name.split('/')
            .map(|part| part.split_once('=').map_or(part, |(_, v)| v))
            .map(unescaped)
            .collect()
    };
    let ordered = values(a).iter().zip(&values(b)).map(|(a, b)| by_value(a, b)).find(|o| o.is_ne());
    ordered.unwrap_or_else(|| a.cmp(b))
}

fn by_value(a: &str, b: &str) -> Ordering {
    match (a == NULL, b == NULL) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => natural(a, b),
    }
}

/// Runs of digits as numbers, all else as bytes.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.bytes().peekable(), b.bytes().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (digits(&mut a), digits(&mut b));
                let ordered = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
                if ordered.is_ne() {
                    return ordered;
                }
            }
            (x, y) if x != y => return x.cmp(&y),
            (None, _) => return Ordering::Equal,
            _ => {
                a.next();
                b.next();
            }
        }
    }
}

/// The digits that follow, without leading zeros.
fn digits(bytes: &mut Peekable<Bytes<'_>>) -> Vec<u8> {
    let mut run = Vec::new();
    while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
        if digit != b'0' || !run.is_empty() {
            run.push(digit);
        }
    }
    run
}

/// A value without the `%XX` in which names of partitions hold odd characters.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = (*first == b'%').then(|| after.get(..2)).flatten();
        let escaped = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn older_partitions_come_first() {
        for (older, newer) in [
            ("ds=2020-01-09", "ds=2020-01-10"),
            ("ds=2020-1-9", "ds=2020-01-10"),
            ("y=2019/m=12", "y=2020/m=1"),
            ("m=9", "m=10"),
            ("hour=hour9", "hour=hour10"),
            ("ds=2020-01-01/h=09", "ds=2020-01-01/h=10"),
            ("ds=__HIVE_DEFAULT_PARTITION__", "ds=1970-01-01"),
            ("ts=2020-01-01 09%3A00", "ts=2020-01-01 10%3A00"),
            ("n=007", "n=8"),
            ("ds=2020", "ds=2020-01"),
        ] {
            assert_eq!(by_values(older, newer), Ordering::Less, "{older} {newer}");
        }
    }

    #[test]
    fn the_newest_are_taken_in_their_order() {
        let names = ["d=10", "d=8", "d=9", "d=11"];
        assert_eq!(newest(&names, 2), [0, 3]);
        assert_eq!(newest(&names, 4), [0, 1, 2, 3]);
        assert_eq!(newest(&names, 9), [0, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn the_order_is_total(mut names in prop::collection::vec("[a=/0-9%3_-]{0,12}", 0..12)) {
            names.sort_by(|a, b| by_values(a, b));
            for pair in names.windows(2) {
                prop_assert!(by_values(&pair[1], &pair[0]) != Ordering::Less);
            }
        }
    }
}
