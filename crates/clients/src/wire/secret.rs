//! Secrets that cannot be printed by accident.

use std::fmt;

/// A password in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Auth, Options};

    #[test]
    fn a_secret_shows_in_no_form() {
        let password = Secret::new("hunter2");
        assert_eq!(password.to_string(), "***");
        let auth = Auth::Plain { user: "alice".into(), password };
        let shown = format!("{:?}", Options { auth, ..Options::default() });
        assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
    }
}
