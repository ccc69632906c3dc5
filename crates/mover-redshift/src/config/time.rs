//! Instants as a move file writes them: always with a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant, written with `Z` or an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl Instant {
    /// Reads an instant.
    ///
    /// # Errors
    /// Says what is missing: mostly the zone, without which a time is many instants.
    pub fn parse(text: &str) -> Result<Instant, String> {
        if let Ok(instant) = text.trim().parse() {
            return Ok(Instant(instant));
        }
        Err(match text.trim().parse::<DateTime>() {
            Ok(_) => format!("`{text}` has no zone: end it with Z for UTC, or with an offset"),
            Err(_) => format!("`{text}` is no time like 2026-11-20T10:00:00Z"),
        })
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Instant::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "a time with Z or an offset: 2026-11-20T10:00:00Z",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_fractions_are_read() {
        for (text, utc) in [
            ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20 11:00:00.25+01:00", "2026-11-20T10:00:00.25Z"),
            ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
            ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
        ] {
            let expected: Timestamp = utc.parse().expect("a time");
            assert_eq!(Instant::parse(text), Ok(Instant(expected)), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_refused_for_that() {
        for text in ["2026-11-20T10:00:00", "2026-11-20 10:00"] {
            let why = Instant::parse(text).expect_err(text);
            assert!(why.contains("has no zone"), "{why}");
        }
        let why = Instant::parse("yesterday").expect_err("no time");
        assert!(why.contains("is no time"), "{why}");
    }
}
