//! Limits: how fast a move may go on each side, by time of day.

use crate::side::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A limit through the day: `off`, one number, or `HH:MM,NUMBER` pairs, each in force
/// from its time on. Numbers take the suffixes of sizes: `200M`, `1GiB`, `2000`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timetable {
    /// Minutes since midnight and the limit per second from then on, sorted; empty when
    /// there is no limit.
    entries: Vec<(u16, Option<u64>)>,
}

impl Timetable {
    /// No limit at any time.
    #[must_use]
    pub fn unlimited() -> Self {
        Timetable::default()
    }

    /// The limit per second in force at `minute` of the day (0 to 1439).
    #[must_use]
    pub fn at(&self, minute: u16) -> Option<u64> {
        let entry = self.entries.iter().rev().find(|(from, _)| *from <= minute);
        entry.or(self.entries.last()).and_then(|(_, limit)| *limit)
    }
}

impl FromStr for Timetable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut entries = Vec::new();
        for word in text.split_whitespace() {
            entries.push(match word.split_once(',') {
                Some((time, limit)) => (minute(time)?, limit_of(limit)?),
                None => (0, limit_of(word)?),
            });
        }
        if entries.is_empty() {
            return Err("an empty limit; `off` means none".into());
        }
        if entries.len() > 1 && text.split_whitespace().any(|word| !word.contains(',')) {
            return Err(format!("`{text}` mixes a plain limit with times of day"));
        }
        entries.sort_unstable_by_key(|(minute, _)| *minute);
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(format!("`{text}` names one time of day twice"));
        }
        if entries.iter().all(|(_, limit)| limit.is_none()) {
            entries.clear();
        }
        Ok(Timetable { entries })
    }
}

fn minute(time: &str) -> Result<u16, String> {
    let refuse = || format!("`{time}` is no time of day (HH:MM)");
    let (hour, minute) = time.split_once(':').ok_or_else(refuse)?;
    match (hour.parse::<u16>(), minute.parse::<u16>()) {
        (Ok(hour @ 0..=23), Ok(minute @ 0..=59)) => Ok(hour * 60 + minute),
        _ => Err(refuse()),
    }
}

fn limit_of(text: &str) -> Result<Option<u64>, String> {
    if text == "off" {
        return Ok(None);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim_end_matches("/s") {
        "" | "B" => 1,
        "k" | "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => {
            return Err(format!("`{text}` is no limit (such as 200M, 1.5GiB, 2000 or off)"));
        }
    };
    match number.parse::<f64>().map(|number| (number * factor as f64) as u64) {
        Ok(0) | Err(_) => Err(format!("`{text}` is no limit above zero; `pause` stops a move")),
        Ok(limit) => Ok(Some(limit)),
    }
}

impl fmt::Display for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = |limit: &Option<u64>| limit.map_or("off".to_owned(), |l| l.to_string());
        match self.entries.as_slice() {
            [] => f.write_str("off"),
            [(0, only)] => f.write_str(&limit(only)),
            many => {
                for (index, (minute, at)) in many.iter().enumerate() {
                    let gap = if index == 0 { "" } else { " " };
                    write!(f, "{gap}{:02}:{:02},{}", minute / 60, minute % 60, limit(at))?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for Timetable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timetable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Timetable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timetable".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`off`, a limit per second such as `200M`, or `HH:MM,LIMIT` pairs",
        })
    }
}

/// Limits of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SideLimits {
    /// Bytes a second.
    pub rate: Timetable,
    /// Operations a second: what a metadata server dies of.
    pub ops: Timetable,
}

/// Limits of a move, in force for survey, copy and verification alike.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Copying threads; by default the number of processors, at least 2 and at most 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobs: Option<u32>,
    /// What LOWER bears.
    pub lower: SideLimits,
    /// What UPPER bears.
    pub upper: SideLimits,
}

impl Limits {
    /// The limits of one side.
    #[must_use]
    pub fn of(&self, side: Side) -> &SideLimits {
        match side {
            Side::Lower => &self.lower,
            Side::Upper => &self.upper,
        }
    }

    /// The limits of one side, to be changed.
    pub fn of_mut(&mut self, side: Side) -> &mut SideLimits {
        match side {
            Side::Lower => &mut self.lower,
            Side::Upper => &mut self.upper,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timetable_wraps_round_midnight() {
        let table: Timetable = "08:00,10M 19:00,off".parse().expect("a timetable");
        assert_eq!(table.at(0), None);
        assert_eq!(table.at(8 * 60), Some(10 << 20));
        assert_eq!(table.at(18 * 60 + 59), Some(10 << 20));
        assert_eq!(table.at(19 * 60), None);
        assert_eq!(table.to_string().parse(), Ok(table));
    }

    #[test]
    fn off_at_every_hour_is_no_limit() {
        for text in ["off", "08:00,off 19:00,off"] {
            assert_eq!(text.parse(), Ok(Timetable::unlimited()), "{text}");
        }
    }

    #[test]
    fn limits_that_mean_nothing_are_refused() {
        for bad in ["", "0", "fast", "10Q", "25:00,1M", "1M 08:00,2M", "08:00,1M 08:00,2M"] {
            assert!(bad.parse::<Timetable>().is_err(), "{bad}");
        }
    }
}
