//! How the values of options are read.

use boatlift_core::Side;
use boatlift_core::limits::{Limits, Timetable};
use boatlift_core::policy::{Delete, Verify};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::str::FromStr;
use std::time::Duration;

/// A limit for one side, or for both: `[SIDE:]TIMETABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SideTimetable {
    side: Option<Side>,
    timetable: Timetable,
}

impl SideTimetable {
    /// The sides it holds for.
    pub(crate) fn sides(&self) -> &'static [Side] {
        match self.side {
            Some(Side::Lower) => &[Side::Lower],
            Some(Side::Upper) => &[Side::Upper],
            None => &[Side::Lower, Side::Upper],
        }
    }

    /// Writes it into `limits` as bytes a second.
    pub(crate) fn set_rate(&self, limits: &mut Limits) {
        for side in self.sides() {
            limits.of_mut(*side).rate = self.timetable.clone();
        }
    }

    /// Writes it into `limits` as operations a second.
    pub(crate) fn set_ops(&self, limits: &mut Limits) {
        for side in self.sides() {
            limits.of_mut(*side).ops = self.timetable.clone();
        }
    }
}

impl FromStr for SideTimetable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (side, rest) = match text.split_once(':') {
            Some((word, rest)) if word.eq_ignore_ascii_case("lower") => (Some(Side::Lower), rest),
            Some((word, rest)) if word.eq_ignore_ascii_case("upper") => (Some(Side::Upper), rest),
            _ => (None, text),
        };
        Ok(SideTimetable { side, timetable: rest.parse()? })
    }
}

/// Reads `--delete`.
pub(crate) fn delete() -> impl TypedValueParser<Value = Delete> {
    PossibleValuesParser::new(["none", "gone", "all"]).map(|word| match word.as_str() {
        "gone" => Delete::Gone,
        "all" => Delete::All,
        _ => Delete::None,
    })
}

/// Reads `--verify`.
pub(crate) fn verify() -> impl TypedValueParser<Value = Verify> {
    PossibleValuesParser::new(["listing", "sample", "content"]).map(|word| match word.as_str() {
        "sample" => Verify::Sample,
        "content" => Verify::Content,
        _ => Verify::Listing,
    })
}

/// Reads a span of time that is not nothing: `30s`, `5min`.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("an interval must be longer than nothing".into()),
        Ok(interval) => Ok(interval),
        Err(_) => Err(format!("`{text}` is no span of time (such as 30s, 5min or 1h)")),
    }
}

/// Reads a number of threads.
pub(crate) fn jobs() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..=1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_names_one_side_or_means_both() {
        let mut limits = Limits::default();
        for (text, set) in [
            ("200M", SideTimetable::set_rate as fn(&SideTimetable, &mut Limits)),
            ("upper:08:00,100 19:00,off", SideTimetable::set_ops),
            ("LOWER:1G", SideTimetable::set_rate),
        ] {
            set(&text.parse().expect(text), &mut limits);
        }
        assert_eq!(limits.lower.rate.at(0), Some(1 << 30));
        assert_eq!(limits.upper.rate.at(0), Some(200 << 20));
        assert_eq!((limits.lower.ops.at(600), limits.upper.ops.at(600)), (None, Some(100)));
        assert!("middle:1G".parse::<SideTimetable>().is_err());
    }

    #[test]
    fn an_interval_is_a_span_above_zero() {
        assert_eq!(interval("90s"), Ok(Duration::from_secs(90)));
        for bad in ["0s", "", "soon", "10"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }
}
