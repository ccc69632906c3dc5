//! Policy: what a move may do to UPPER, and how much proof it asks for.

use crate::side::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What to remove from UPPER.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Delete {
    /// Nothing.
    #[default]
    None,
    /// What LOWER removed since it was last agreed on.
    Gone,
    /// Also what only UPPER ever had.
    All,
}

/// How UPPER is proved after the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// UPPER is listed and its facets are compared.
    #[default]
    Listing,
    /// Also a random sample of the files is read back and hashed.
    Sample,
    /// Also every file is read back and hashed.
    Content,
}

/// A bound on removals, beyond which a person decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxDelete {
    /// A number of entries.
    Entries(u64),
    /// A share of what UPPER holds, in percent.
    Percent(f64),
}

impl MaxDelete {
    /// The most removals allowed where UPPER holds `held` entries.
    #[must_use]
    pub fn allowed(self, held: u64) -> u64 {
        match self {
            MaxDelete::Entries(entries) => entries,
            MaxDelete::Percent(percent) => (held as f64 * percent / 100.0) as u64,
        }
    }
}

impl Default for MaxDelete {
    fn default() -> Self {
        MaxDelete::Percent(10.0)
    }
}

impl FromStr for MaxDelete {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is neither a number of entries nor a percentage");
        match text.strip_suffix('%') {
            None => text.parse().map(MaxDelete::Entries).map_err(|_| refuse()),
            Some(number) => match number.trim().parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(MaxDelete::Percent(percent)),
                _ => Err(refuse()),
            },
        }
    }
}

impl fmt::Display for MaxDelete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MaxDelete::Entries(entries) => write!(f, "{entries}"),
            MaxDelete::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for MaxDelete {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MaxDelete {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for MaxDelete {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MaxDelete".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "a number of entries, or a percentage of what UPPER holds",
            "pattern": "^[0-9]+(\\.[0-9]+)?%?$",
        })
    }
}

/// What a move may do, and how sure it must be. Part of every plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Policy {
    /// What to remove from UPPER.
    pub delete: Delete,
    /// Beyond this, removals wait for a person.
    pub max_delete: MaxDelete,
    /// How UPPER is proved after the copy.
    pub verify: Verify,
    /// Compare files by content, not by size and mtime.
    pub checksum: bool,
    /// Leave what UPPER changed by itself as UPPER has it.
    pub keep_drifted: bool,
    /// Take UPPER to be as last agreed, without listing it.
    pub trust_agreed: bool,
    /// Which names take part: rules in order, the first that matches decides. `+ PATTERN`
    /// takes a name in, `- PATTERN` leaves it out; a name that no rule matches is in.
    pub filter: Vec<String>,
}

/// A problem with the removals of a plan, because of which none of them is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Held {
    /// LOWER is empty.
    LowerEmpty,
    /// A root is on another device than at the last agreement.
    OtherDevice {
        /// Which.
        side: Side,
        /// The device then.
        then: String,
        /// The device now.
        now: String,
    },
    /// LOWER could not be listed completely.
    Hole {
        /// How many parts are missing.
        holes: u64,
    },
    /// More removals than allowed.
    Limit {
        /// Planned removals.
        removals: u64,
        /// What `max-delete` allows.
        allowed: u64,
    },
}

impl Held {
    /// Whether a person may approve the plan in spite of it. What was not listed is not
    /// known to be gone: a hole can only be mended.
    #[must_use]
    pub fn can_be_approved(&self) -> bool {
        !matches!(self, Held::Hole { .. })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::LowerEmpty => write!(f, "LOWER is empty"),
            Held::OtherDevice { side, then, now } => {
                write!(f, "{side} is on another device than last time ({then} then, {now} now)")
            }
            Held::Hole { holes: 1 } => write!(f, "a part of LOWER could not be listed"),
            Held::Hole { holes } => write!(f, "{holes} parts of LOWER could not be listed"),
            Held::Limit { removals, allowed } => {
                write!(f, "{removals} removals are more than the {allowed} that max-delete allows")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_delete_reads_numbers_and_percentages() {
        assert_eq!("10%".parse(), Ok(MaxDelete::Percent(10.0)));
        assert_eq!("7".parse(), Ok(MaxDelete::Entries(7)));
        assert_eq!("10%".parse::<MaxDelete>().map(|m| m.allowed(55)), Ok(5));
        for bad in ["", "-1", "101%", "x", "1e9"] {
            assert!(bad.parse::<MaxDelete>().is_err(), "{bad}");
        }
    }
}
