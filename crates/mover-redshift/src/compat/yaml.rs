//! The keys of the External Object Replicator's YAML.

use crate::config::{Endpoint, Instant};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) source_cluster_endpoint: Endpoint,
    #[serde(deserialize_with = "said")]
    pub(super) region: String,
    #[serde(deserialize_with = "said")]
    pub(super) redshift_user: String,
    pub(super) start_time: Time,
    pub(super) end_time: Time,
    #[serde(deserialize_with = "said")]
    pub(super) target_s3_location: String,
    #[serde(default)]
    pub(super) log_level: LogLevel,
    pub(super) logfile_level: Option<FileLevel>,
    pub(super) backup_count: Option<u32>,
}

/// How much is written to the log, in the words of Python's logging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What is done.
    #[default]
    Info,
    /// What may be wrong.
    Warning,
    /// What went wrong.
    Error,
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        level(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn level(word: &str) -> Result<LogLevel, String> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "debug" | "notset" => LogLevel::Debug,
        "info" => LogLevel::Info,
        "warn" | "warning" => LogLevel::Warning,
        "error" | "critical" | "fatal" => LogLevel::Error,
        _ => return Err(format!("`{word}` is none of debug, info, warning, error, critical")),
    })
}

/// The level of the file alone: none, where it is the other's.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileLevel(pub(super) Option<LogLevel>);

impl<'de> Deserialize<'de> for FileLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word.eq_ignore_ascii_case("none") {
            return Ok(FileLevel(None));
        }
        level(&word).map(|level| FileLevel(Some(level))).map_err(serde::de::Error::custom)
    }
}

/// A time, and whether the file names its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) instant: Instant,
    pub(super) zone: Zone,
}

/// Where a time's zone comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Named,
    Assumed,
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        time(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no time like 2026-11-20T10:00:00+00:00"))
        })
    }
}

/// Reads the ISO forms: a date, perhaps a time of day, perhaps a zone.
fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let utc = [" UTC", " GMT", "UTC", " Z"].iter().find_map(|zone| text.strip_suffix(zone));
    let (civil, zone) = match utc {
        Some(rest) => (civil(rest)?, Zone::Named),
        None => match Instant::parse(text).or_else(|_| Instant::parse(&with_minutes(text))) {
            Ok(instant) => return Some(Time { instant, zone: Zone::Named }),
            Err(_) => (civil(text)?, Zone::Assumed),
        },
    };
    let instant = TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(Time { instant: Instant(instant), zone })
}

fn civil(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let date =
        || text.parse::<Date>().ok().map(|date| date.to_datetime(jiff::civil::Time::midnight()));
    // A time that names a zone after all is not to be read without it.
    let named = text.contains(['+', 'Z', '[']);
    if named { None } else { text.parse().ok().or_else(date) }
}

/// `2026-11-20 10:00 +0100` as `2026-11-20 10:00+0100`.
fn with_minutes(text: &str) -> String {
    text.replace(" +", "+").replace(" -", "-")
}

fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim() {
        "" => Err(serde::de::Error::custom("it is empty")),
        trimmed => Ok(trimmed.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_a_zone_are_told_apart() {
        for (text, utc, zone) in [
            ("2026-11-20T10:00:00+00:00", "2026-11-20T10:00:00Z", Zone::Named),
            ("2026-11-20 11:00:00.5+01:00", "2026-11-20T10:00:00.5Z", Zone::Named),
            ("2026-11-20 10:00:00 UTC", "2026-11-20T10:00:00Z", Zone::Named),
            ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", Zone::Named),
            ("2026-11-20 11:00:00 +01:00", "2026-11-20T10:00:00Z", Zone::Named),
            ("2026-11-20T10:00:00", "2026-11-20T10:00:00Z", Zone::Assumed),
            ("2026-11-20 10:00", "2026-11-20T10:00:00Z", Zone::Assumed),
            ("2026-11-20", "2026-11-20T00:00:00Z", Zone::Assumed),
        ] {
            let expected = Instant(utc.parse().expect("a time"));
            assert_eq!(time(text), Some(Time { instant: expected, zone }), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused_rather_than_guessed() {
        for text in ["", "yesterday", "11/20/2026", "20.11.2026 10:00", "2026-13-01", "10:00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
