//! Secrets: where one is found, or one that is held and cannot be printed by accident.
//! Nothing here reads an environment or a file.

use boatlift_core::secret::SecretPlace;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What stands for a secret wherever it would be printed.
const MASK: &str = "***";

/// A password, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Where it is.
    At(SecretPlace),
    /// Read from a file of hms-mirror's, which holds passwords in clear.
    Held(Held),
    /// One that was held when this was written down, and so is not known any more.
    Withheld,
}

/// A secret in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Held(String);

impl Held {
    /// Keeps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Held(secret.into())
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::At(place) => place.fmt(f),
            Secret::Held(_) | Secret::Withheld => f.write_str(MASK),
        }
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    /// Reads a reference. What is refused is not repeated: it may be the password.
    fn from_str(text: &str) -> Result<Secret, Self::Err> {
        match text {
            MASK => Ok(Secret::Withheld),
            text => text.parse().map(Secret::At),
        }
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "where a secret is: env:NAME or file:PATH",
            "pattern": "^((env|file):.+|\\*\\*\\*)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_secret_shows_in_no_form() {
        let secret = Secret::Held(Held::new("hunter2"));
        let json = serde_json::to_string(&secret).expect("JSON");
        for shown in [format!("{secret:?}"), secret.to_string(), json] {
            assert!(!shown.contains("hunter2") && shown.contains(MASK), "{shown}");
        }
    }

    #[test]
    fn a_held_secret_that_was_written_down_is_known_to_be_missing() {
        let written = Secret::Held(Held::new("hunter2")).to_string();
        assert_eq!(written.parse(), Ok(Secret::Withheld));
    }
}
