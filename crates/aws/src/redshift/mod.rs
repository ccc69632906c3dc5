//! Logins to Redshift's databases: temporary ones that the service makes, and lasting ones
//! that Secrets Manager keeps.

mod secret;

pub use secret::stored_login;

use crate::calls::failed;
use crate::runtime;
use crate::session::Session;
use boatlift_core::{Code, Error, Result};
use std::fmt;

/// How long a temporary login is good for, in seconds; it is needed only to connect.
const LIFETIME: i32 = 900;

/// A name and a password for a database.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseLogin {
    /// The user, as the database knows it: `IAM:alice` for a temporary one.
    pub user: String,
    password: String,
}

impl DatabaseLogin {
    /// Keeps a name and a password.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        DatabaseLogin { user: user.into(), password: password.into() }
    }

    /// The password, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for DatabaseLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseLogin").field("user", &self.user).field("password", &"***").finish()
    }
}

/// For whom, and by which call, a temporary login is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Temporary {
    /// A user of a cluster's database (`GetClusterCredentials`). No user is created.
    User {
        /// The cluster's identifier.
        cluster: String,
        /// The user.
        user: String,
    },
    /// The caller's own identity on a cluster (`GetClusterCredentialsWithIAM`).
    Identity {
        /// The cluster's identifier.
        cluster: String,
    },
    /// The caller's own identity on a serverless workgroup (`GetCredentials`).
    Workgroup {
        /// The workgroup's name.
        workgroup: String,
    },
}

/// Asks for a temporary login to a database.
///
/// Blocks; it must not be called from inside a task of an asynchronous runtime.
///
/// # Errors
/// [`Code::ServerRefused`] when the caller may not, [`Code::ServerFailed`] with the service's
/// reason, [`Code::ServerUnreachable`].
pub fn temporary_login(
    session: &Session,
    temporary: &Temporary,
    database: &str,
) -> Result<DatabaseLogin> {
    let handle = runtime::handle()?;
    let (user, password) = match temporary {
        Temporary::User { cluster, user } => {
            handle.block_on(for_user(session, cluster, user, database))
        }
        Temporary::Identity { cluster } => {
            handle.block_on(for_identity(session, cluster, database))
        }
        Temporary::Workgroup { workgroup } => {
            handle.block_on(for_workgroup(session, workgroup, database))
        }
    }?;
    match (user, password) {
        (Some(user), Some(password)) => Ok(DatabaseLogin::new(user, password)),
        _ => Err(Error::new(Code::ServerFailed, TRIED)
            .on(database)
            .because("the answer has no user or no password")),
    }
}

const TRIED: &str = "cannot get a temporary login to";

type Login = Result<(Option<String>, Option<String>)>;

async fn for_user(session: &Session, cluster: &str, user: &str, database: &str) -> Login {
    let client = aws_sdk_redshift::Client::new(session.config());
    let call = client
        .get_cluster_credentials()
        .cluster_identifier(cluster)
        .db_user(user)
        .db_name(database)
        .duration_seconds(LIFETIME)
        .auto_create(false);
    let answer = call.send().await;
    let answer = answer.map_err(|error| failed(TRIED, &format!("cluster {cluster}"), error))?;
    Ok((answer.db_user, answer.db_password))
}

async fn for_identity(session: &Session, cluster: &str, database: &str) -> Login {
    let client = aws_sdk_redshift::Client::new(session.config());
    let call = client
        .get_cluster_credentials_with_iam()
        .cluster_identifier(cluster)
        .db_name(database)
        .duration_seconds(LIFETIME);
    let answer = call.send().await;
    let answer = answer.map_err(|error| failed(TRIED, &format!("cluster {cluster}"), error))?;
    Ok((answer.db_user, answer.db_password))
}

async fn for_workgroup(session: &Session, workgroup: &str, database: &str) -> Login {
    let client = aws_sdk_redshiftserverless::Client::new(session.config());
    let call = client
        .get_credentials()
        .workgroup_name(workgroup)
        .db_name(database)
        .duration_seconds(LIFETIME);
    let answer = call.send().await;
    let answer = answer.map_err(|error| failed(TRIED, &format!("workgroup {workgroup}"), error))?;
    Ok((answer.db_user, answer.db_password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_in_no_form() {
        let login = DatabaseLogin::new("IAM:alice", "hunter2");
        let shown = format!("{login:?}");
        assert!(shown.contains("IAM:alice") && !shown.contains("hunter2"), "{shown}");
    }
}
