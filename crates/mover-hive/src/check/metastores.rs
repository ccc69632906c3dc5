//! Whether a metastore answers, what it can do, and whether it keeps a log of changes.

use super::condition::{Condition, Standing};
use crate::catalog::chain;
use crate::config::{Auth, Cluster};
use boatlift_clients::metastore::{Metastore, MetastoreError, Metastores};
use boatlift_clients::wire;
use boatlift_core::side::Side;

/// What a metastore told.
pub(super) struct Asked {
    pub(super) conditions: Vec<Condition>,
    /// Its databases, if it answers.
    pub(super) databases: Option<Vec<String>>,
}

/// Asks a side's metastore. `user` is whom an unsecured one is told.
pub(super) fn ask(side: Side, servers: &Metastores, cluster: &Cluster, user: &str) -> Asked {
    let about = format!("the metastore of {side} answers");
    let answers = servers.read(|server| {
        let (version, databases) = (server.version()?, server.database_names()?);
        Ok((version, databases, abilities(server)))
    });
    match answers {
        Err(error) => Asked { conditions: vec![silent(&about, &error)], databases: None },
        Ok((version, databases, abilities)) => {
            let uris = cluster.metastore.uris.join(",");
            let (number, who) = (databases.len(), identity(cluster, user));
            let seen = format!(
                "{uris}, version {version} by its own words, {number} databases, {abilities}, as {who}"
            );
            let answered = Condition::new(about, Standing::Holds, seen);
            let conditions = vec![answered, log(side, servers)];
            Asked { conditions, databases: Some(databases) }
        }
    }
}

/// What this generation of metastores knows, by calls that it has or lacks: versions do not
/// tell the truth.
fn abilities(server: &mut Metastore) -> &'static str {
    // Answers do not matter; a call that is unknown is remembered.
    let (_table, _constraints) = (
        server.table("default", "boatlift_no_such_table"),
        server.constraints("default", "boatlift_no_such_table"),
    );
    let lacks = |method| server.capabilities().lacking().contains(&method);
    match (lacks("get_table_req"), lacks("get_primary_keys"), lacks("get_check_constraints")) {
        (true, true, _) => "calls of Hive 1, no constraints",
        (true, false, _) => "calls of Hive 2, no constraints but keys",
        (false, true, _) => "calls of Hive 2, no constraints",
        (false, false, true) => "calls of Hive 2, no constraints but keys",
        (false, false, false) => "calls of Hive 3 or later, constraints",
    }
}

/// Whether changes are told, and how far they are.
fn log(side: Side, servers: &Metastores) -> Condition {
    let about = format!("the notification log of {side}");
    let told = |seen: String| Condition::new(&about, Standing::Told, seen);
    let off = "every run compares all objects; DbNotificationListener switches it on";
    match servers.read(Metastore::newest_event) {
        Ok(Some(0)) => told("at 0: it is off, or nothing has happened yet".into()).hint(off),
        Ok(Some(position)) => told(format!("on, at {position}")),
        Ok(None) => told("off".into()).hint(off),
        Err(error) => told(format!("cannot be read: {}", chain(&error))).hint(off),
    }
}

fn silent(about: &str, error: &MetastoreError) -> Condition {
    let condition = Condition::new(about, Standing::Fails, chain(error));
    match wire::hint(error) {
        Some(hint) => condition.hint(hint),
        None => condition.hint("compare URI, transport, TLS and authentication with the server's"),
    }
}

fn identity(cluster: &Cluster, user: &str) -> String {
    match (&cluster.metastore.auth, &cluster.kerberos) {
        (Auth::None, _) => cluster.user.clone().unwrap_or_else(|| user.to_owned()),
        (Auth::Plain(plain), _) => plain.user.clone(),
        (Auth::Kerberos(_), Some(kerberos)) if kerberos.principal.is_some() => {
            kerberos.principal.clone().unwrap_or_default()
        }
        (Auth::Kerberos(_), _) => "the principal of the ticket".into(),
    }
}
