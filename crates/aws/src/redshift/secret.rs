//! Logins that Secrets Manager keeps.

use super::DatabaseLogin;
use crate::calls::failed;
use crate::runtime;
use crate::session::Session;
use boatlift_core::{Code, Error, Result};
use serde::Deserialize;

const TRIED: &str = "cannot read secret";

/// The form that the service gives to logins of databases; other members are left alone.
#[derive(Deserialize)]
struct Stored {
    username: String,
    password: String,
}

/// Reads the login that a secret holds.
///
/// Blocks; it must not be called from inside a task of an asynchronous runtime.
///
/// # Errors
/// As [`super::temporary_login`]; [`Code::ConfigValue`] when the secret is no login. What it
/// holds is never repeated.
pub fn stored_login(session: &Session, secret: &str) -> Result<DatabaseLogin> {
    let client = aws_sdk_secretsmanager::Client::new(session.config());
    let answer = runtime::handle()?.block_on(client.get_secret_value().secret_id(secret).send());
    let answer = answer.map_err(|error| failed(TRIED, secret, error))?;
    parse(answer.secret_string().unwrap_or_default()).ok_or_else(|| {
        let why = "it is no JSON with `username` and `password`";
        Error::new(Code::ConfigValue, TRIED).on(secret).because(why)
    })
}

fn parse(text: &str) -> Option<DatabaseLogin> {
    let stored: Stored = serde_json::from_str(text).ok()?;
    Some(DatabaseLogin::new(stored.username, stored.password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_of_databases_are_read() {
        let text = r#"{"engine":"redshift","username":"mover","password":"p\"w","port":5439}"#;
        assert_eq!(parse(text), Some(DatabaseLogin::new("mover", "p\"w")));
    }

    #[test]
    fn other_secrets_are_no_logins() {
        for text in ["", "hunter2", "{\"username\":\"mover\"}", "[]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
