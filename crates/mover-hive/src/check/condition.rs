//! What a check says: one condition after the other, each with what was seen.

use boatlift_core::Error;
use serde::Serialize;

/// Something that must be so before a move can go well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Condition {
    /// What should be so.
    pub about: String,
    /// Whether it is.
    pub standing: Standing,
    /// What was seen.
    pub seen: String,
    /// What a person can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Settings of UPPER's servers that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Setting>,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It was seen to hold.
    Holds,
    /// It was seen not to hold.
    Fails,
    /// It could not be seen either way, which is not good enough.
    Unproved,
    /// Nothing that must be so, but good to know.
    Told,
}

/// A property of a Hadoop configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Setting {
    /// `core-site.xml` or `hdfs-site.xml`.
    pub file: &'static str,
    /// The property.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Standing {
    /// Whether a check with this in it can be a good one.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Standing::Holds | Standing::Told)
    }
}

impl Condition {
    pub(super) fn new(
        about: impl Into<String>,
        standing: Standing,
        seen: impl Into<String>,
    ) -> Condition {
        let (about, seen) = (about.into(), seen.into());
        Condition { about, standing, seen, hint: None, lines: Vec::new() }
    }

    pub(super) fn failed(about: impl Into<String>, error: &Error) -> Condition {
        Condition::new(about, Standing::Fails, format!("{error} ({})", error.code))
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Condition {
        Condition { hint: Some(hint.into()), ..self }
    }

    pub(super) fn lines(self, lines: Vec<Setting>) -> Condition {
        Condition { lines, ..self }
    }
}

impl std::fmt::Display for Setting {
    /// As the file holds it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, value) = (escaped(&self.name), escaped(&self.value));
        write!(f, "<property><name>{name}</name><value>{value}</value></property>")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
