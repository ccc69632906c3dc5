//! Secrets in move files: where one is found, never the secret itself.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a password is. Nothing here looks it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// `env:NAME`: in a variable of the environment.
    Environment(String),
    /// `file:PATH`: the first line of a file.
    File(PathBuf),
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretPlace::Environment(name) => write!(f, "env:{name}"),
            SecretPlace::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl FromStr for SecretPlace {
    type Err = &'static str;

    /// Reads a reference. What is refused is not repeated: it may be the password.
    fn from_str(text: &str) -> Result<SecretPlace, Self::Err> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(SecretPlace::Environment(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(SecretPlace::File(path.into())),
            _ => Err("a secret is named, not written: `env:NAME` or `file:PATH`"),
        }
    }
}

impl Serialize for SecretPlace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for SecretPlace {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "where a secret is: env:NAME or file:PATH",
            "pattern": "^(env|file):.+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_alike() {
        for text in ["env:HIVE_PASSWORD", "file:/etc/boatlift/hive"] {
            assert_eq!(text.parse::<SecretPlace>().expect("a reference").to_string(), text);
        }
    }

    #[test]
    fn a_password_in_place_of_a_reference_is_refused_and_not_repeated() {
        for text in ["hunter2", "env:", "file:", "vault:x"] {
            let refusal = text.parse::<SecretPlace>().expect_err("refused");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
