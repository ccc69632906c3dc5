//! A configuration as reports show it: every key, and no secret.

use crate::config::HiveConfig;
use boatlift_core::{Code, Error, Result};

/// Settings of a JDBC URI whose names have one of these in them hold a secret.
const SECRET_WORDS: [&str; 4] = ["password", "pwd", "secret", "token"];

/// The configuration as YAML, with `***` in place of what is secret, also in JDBC URIs.
///
/// # Errors
/// [`Code::Bug`] when it cannot be written.
pub fn without_secrets(config: &HiveConfig) -> Result<String> {
    serde_saphyr::to_string(&with_masked_uris(config.clone()))
        .map_err(|reason| Error::new(Code::Bug, "cannot write a configuration").because(reason))
}

/// The configuration with `***` in place of what is secret in JDBC URIs. All other secrets
/// mask themselves.
#[must_use]
pub fn with_masked_uris(mut config: HiveConfig) -> HiveConfig {
    for cluster in [&mut config.lower, &mut config.upper] {
        if let Some(server) = &mut cluster.hive_server2 {
            server.uri = masked(&server.uri);
        }
    }
    config
}

fn masked(uri: &str) -> String {
    let mut shown = String::with_capacity(uri.len());
    let mut rest = uri;
    while !rest.is_empty() {
        let end = rest.find([';', '?', '#', '&']).map_or(rest.len(), |at| at + 1);
        let (setting, next) = rest.split_at(end);
        match setting.split_once('=') {
            Some((key, value)) if is_secret(key) => {
                let separator = value.chars().last().filter(|last| ";?#&".contains(*last));
                shown.extend([key, "=***"]);
                shown.extend(separator);
            }
            _ => shown.push_str(setting),
        }
        rest = next;
    }
    shown
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Held, HiveServer2, Secret};
    use crate::samples;

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        let mut config = samples::config();
        config.lower.hive_server2 = Some(HiveServer2 {
            uri: "jdbc:hive2://h:1/d;user=u;password=hunter2;ssl=true;trustStorePassword=hunter2"
                .into(),
            user: Some("u".into()),
            password: Some(Secret::Held(Held::new("hunter2"))),
        });
        let yaml = without_secrets(&config).expect("YAML");
        assert!(!yaml.contains("hunter2"), "{yaml}");
        assert!(yaml.contains("password=***;ssl=true;trustStorePassword=***"), "{yaml}");
    }
}
