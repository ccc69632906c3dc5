//! Kerberos on both sides: UPPER has it if LOWER has, and LOWER's NameNode takes UPPER's
//! login. A service ticket is asked for; no server but the KDCs is spoken to.

use super::condition::{Condition, Standing};
use super::hadoop::Properties;
use crate::catalog::chain;
use crate::config::{Auth, Cluster, HiveConfig};
use crate::logins::Logins;
use boatlift_clients::gssapi::{Context, Name};
use boatlift_clients::hiveserver2::Url;
use boatlift_clients::kerberos::Login;
use boatlift_core::error::Result;
use boatlift_core::side::Side;

/// Whether the configuration of a side says Kerberos anywhere.
pub(super) fn is_secure(cluster: &Cluster, properties: &Properties) -> bool {
    let server = cluster.hive_server2.as_ref().and_then(|server| Url::parse(&server.uri).ok());
    matches!(cluster.metastore.auth, Auth::Kerberos(_))
        || cluster.kerberos.is_some()
        || server.is_some_and(|server| server.principal().is_some())
        || properties.get("hadoop.security.authentication") == Some("kerberos")
}

/// UPPER is kerberized if LOWER is.
pub(super) fn security(config: &HiveConfig, lower: &Properties, upper: &Properties) -> Condition {
    let about = "UPPER has Kerberos if LOWER has";
    let sides = (is_secure(&config.lower, lower), is_secure(&config.upper, upper));
    match sides {
        (true, true) => Condition::new(about, Standing::Holds, "both have"),
        (false, false) => Condition::new(about, Standing::Holds, "neither has, by the move file"),
        (false, true) => {
            let seen = "UPPER alone has: its servers must be allowed to read without";
            Condition::new(about, Standing::Told, seen).hint(
                "ipc.client.fallback-to-simple-auth-allowed=true in core-site.xml of UPPER's servers",
            )
        }
        (true, false) => {
            let seen = "LOWER has Kerberos and UPPER has not: servers of UPPER have nothing to \
                        prove to LOWER who they are, so that they can never read its storage";
            Condition::new(about, Standing::Fails, seen)
                .hint("make UPPER a Kerberos cluster; if it is one, say so under `upper`")
        }
    }
}

/// LOWER's realm, as its login or its NameNode's principal names it.
pub(super) fn lower_realm(logins: &Logins, lower: &Properties) -> Option<String> {
    let of_server = lower.get("dfs.namenode.kerberos.principal").and_then(realm);
    let login = || logins.of(Side::Lower).ok().flatten();
    of_server.map(str::to_owned).or_else(|| realm(login()?.principal()).map(str::to_owned))
}

/// Asks with UPPER's login for a ticket of LOWER's NameNode; nothing without Kerberos on both
/// sides.
pub(super) fn trust(
    config: &HiveConfig,
    logins: &Logins,
    properties: &Properties,
) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut login = |side| match logins.of(side) {
        Ok(login) => login,
        Err(error) => {
            let about = format!("we can log in to the realm of {side}");
            conditions.push(Condition::failed(about, &error));
            None
        }
    };
    let (lower, upper) = (login(Side::Lower), login(Side::Upper));
    if let (Some(lower), Some(upper)) = (lower, upper) {
        let service = service(properties, &lower);
        let host = name_node(&config.lower.namespace, properties);
        conditions.push(ticket(&upper, &service, &host));
    }
    conditions
}

fn ticket(login: &Login, service: &str, host: &str) -> Condition {
    let about = "LOWER's realm trusts UPPER's";
    let wanted = service.replace("_HOST", host);
    let (ours, theirs) = (realm(login.principal()), realm(service));
    match service_ticket(login, service, host) {
        Ok(()) => {
            let seen = match ours == theirs {
                true => {
                    format!("both are one realm; {} got a ticket for {wanted}", login.principal())
                }
                false => format!("{} got a ticket for {wanted}", login.principal()),
            };
            Condition::new(about, Standing::Holds, seen)
        }
        Err(why) => {
            let seen = format!("{} gets no ticket for {wanted}: {why}", login.principal());
            Condition::new(about, Standing::Fails, seen).hint(format!(
                "make the principal krbtgt/{}@{} in both KDCs with the same key, and see [capaths] \
                 and [domain_realm] of krb5.conf",
                theirs.unwrap_or("LOWER"),
                ours.unwrap_or("UPPER"),
            ))
        }
    }
}

fn service_ticket(login: &Login, service: &str, host: &str) -> Result<(), String> {
    let credential = login.credential().map_err(|error| chain(&error))?;
    let name = Name::service(service, host).map_err(|error| chain(&error))?;
    let mut context = Context::new(credential, name).map_err(|error| chain(&error))?;
    context.step(&[]).map(drop).map_err(|error| chain(&error))
}

/// The NameNode's principal: as LOWER's configuration says, else by custom.
fn service(properties: &Properties, lower: &Login) -> String {
    let configured = properties.get("dfs.namenode.kerberos.principal").map(str::to_owned);
    configured.unwrap_or_else(|| match realm(lower.principal()) {
        Some(realm) => format!("hdfs/_HOST@{realm}"),
        None => "hdfs/_HOST".to_owned(),
    })
}

/// A host of LOWER's NameNode: behind a name service, that of its first one.
fn name_node(namespace: &str, properties: &Properties) -> String {
    let authority = namespace.split("://").nth(1).unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    let nodes = properties.list(&format!("dfs.ha.namenodes.{authority}"));
    let address = nodes
        .first()
        .and_then(|node| properties.get(&format!("dfs.namenode.rpc-address.{authority}.{node}")));
    let address = address.unwrap_or(authority);
    address.rsplit_once(':').map_or(address, |(host, _)| host).to_owned()
}

fn realm(principal: &str) -> Option<&str> {
    principal.rsplit_once('@').map(|(_, realm)| realm).filter(|realm| !realm.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::hadoop::properties;
    use super::*;
    use std::path::Path;

    fn config(lower: &str, upper: &str) -> HiveConfig {
        let side = |name: &str, more: &str| {
            format!(
                "{name}:\n  metastore: {{uris: [\"thrift://{name}:9083\"]}}\n  \
                 namespace: hdfs://{name}:8020\n{more}"
            )
        };
        let text = format!("{}{}", side("lower", lower), side("upper", upper));
        HiveConfig::parse(&text, Path::new("test")).expect("a configuration")
    }

    #[test]
    fn kerberos_on_lower_alone_is_refused_and_on_upper_alone_is_told() {
        let none = Properties::default();
        let secure = "  kerberos: {principal: a@R}\n";
        let by_uri = "  hive-server2: {uri: \"jdbc:hive2://h:1/;principal=hive/_HOST@R\"}\n";
        let standing = |lower, upper| security(&config(lower, upper), &none, &none).standing;
        assert_eq!(standing("", ""), Standing::Holds);
        assert_eq!(standing(secure, by_uri), Standing::Holds);
        assert_eq!(standing(by_uri, ""), Standing::Fails);
        assert_eq!(standing("", secure), Standing::Told);
        let by_file = properties(
            "<property><name>hadoop.security.authentication</name><value>kerberos</value></property>",
        );
        assert_eq!(security(&config("", ""), &by_file, &none).standing, Standing::Fails);
    }

    #[test]
    fn the_name_node_of_a_name_service_is_its_first() {
        let lower = properties(
            "<property><name>dfs.ha.namenodes.old</name><value>nn1,nn2</value></property>\
             <property><name>dfs.namenode.rpc-address.old.nn1</name><value>a.b:8020</value></property>",
        );
        assert_eq!(name_node("hdfs://old", &lower), "a.b");
        assert_eq!(name_node("hdfs://c.d:8020/", &lower), "c.d");
        assert_eq!(realm("hdfs/_HOST@R"), Some("R"));
        assert_eq!(realm("alice"), None);
    }
}
