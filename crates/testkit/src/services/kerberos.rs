//! Kerberos: a key distribution centre of our own, and what Hadoop and Hive need to use it.
//!
//! The centre runs as the user of the test, with a new realm in a temporary folder; the
//! machine's own Kerberos, if it has one, is neither read nor changed.

mod realm;
mod trust;

pub use realm::{Lifetimes, Realm};
pub use trust::{Realms, Trust};

use super::error::ServiceError;
use super::java::Java;
use super::process::Recipe;
use super::site::Site;
use std::path::Path;
use std::sync::Arc;

/// How users prove who they are.
#[derive(Debug, Clone, Default)]
pub enum Security {
    /// They say so.
    #[default]
    Simple,
    /// By tickets of this realm.
    Kerberos(Arc<Realm>),
}

impl Security {
    /// A Java program that works as a user. Without Kerberos, Hadoop believes whom
    /// `HADOOP_USER_NAME` names. It is a property here, because Hive takes the variable for the
    /// user of every session. With Kerberos, the user is the ticket's or the keytab's.
    pub(super) fn run_as(&self, user: &str, java: &Java) -> Java {
        match self {
            Security::Simple => java.clone().property("HADOOP_USER_NAME", user),
            Security::Kerberos(realm) => {
                let configuration = realm.configuration().display().to_string();
                java.clone().property("java.security.krb5.conf", configuration)
            }
        }
    }

    /// With a new ticket of a principal, where there are tickets.
    pub(super) fn with_ticket(
        &self,
        recipe: Recipe,
        principal: impl FnOnce(&Realm) -> String,
    ) -> Result<Recipe, ServiceError> {
        match self {
            Security::Simple => Ok(recipe),
            Security::Kerberos(realm) => {
                Ok(recipe.variable("KRB5CCNAME", realm.ticket(&principal(realm))?))
            }
        }
    }

    /// The URL of a HiveServer2 for Hive's own client, whose server runs as a user.
    pub(super) fn session_url(&self, url: &str, user: &str) -> String {
        match self {
            Security::Simple => url.to_owned(),
            Security::Kerberos(realm) => {
                format!("{url};principal={}", realm.service_principal(user))
            }
        }
    }
}

/// Turns `core-site.xml` to Kerberos. Users of the neighbour are those of the same name here.
pub fn secure_core(site: &mut Site, realm: &Realm) {
    site.set("hadoop.security.authentication", "kerberos");
    site.set("hadoop.security.authorization", true);
    site.set("hadoop.rpc.protection", "authentication,integrity,privacy");
    let keytab = realm.keytab().display().to_string();
    site.set("hadoop.http.authentication.kerberos.keytab", keytab);
    site.set("hadoop.http.authentication.kerberos.principal", realm.service_principal("HTTP"));
    if let Some(neighbour) = realm.neighbour() {
        let rule = |parts: u8| format!("RULE:[{parts}:$1@$0](.*@{neighbour})s/@.*//\n");
        let rules = format!("{}{}DEFAULT", rule(1), rule(2));
        site.set("hadoop.security.auth_to_local", rules);
    }
}

/// Turns `hdfs-site.xml` to Kerberos, with protected block transfer on ordinary ports.
pub fn secure_hdfs(site: &mut Site, realm: &Realm, user: &str) {
    let principal = realm.service_principal(user);
    let keytab = realm.keytab().display().to_string();
    for node in ["namenode", "datanode"] {
        site.set(format!("dfs.{node}.kerberos.principal"), &principal);
        site.set(format!("dfs.{node}.keytab.file"), &keytab);
    }
    site.set("dfs.web.authentication.kerberos.principal", realm.service_principal("HTTP"));
    site.set("dfs.web.authentication.kerberos.keytab", &keytab);
    site.set("dfs.block.access.token.enable", true);
    site.set("dfs.data.transfer.protection", "authentication,integrity,privacy");
    site.set("ignore.secure.ports.for.testing", true);
}

/// Turns `yarn-site.xml` to Kerberos; `secret` is a file that signs the cookies of its pages.
pub fn secure_yarn(site: &mut Site, realm: &Realm, user: &str, secret: &Path) {
    let keytab = realm.keytab().display().to_string();
    for manager in ["resourcemanager", "nodemanager"] {
        site.set(format!("yarn.{manager}.principal"), realm.service_principal(user));
        site.set(format!("yarn.{manager}.keytab"), &keytab);
        let page = format!("yarn.{manager}.webapp");
        site.set(format!("{page}.spnego-principal"), realm.service_principal("HTTP"));
        site.set(format!("{page}.spnego-keytab-file"), &keytab);
    }
    site.set("hadoop.http.authentication.type", "kerberos");
    site.set("hadoop.http.authentication.signature.secret.file", secret.display());
    let filter = "org.apache.hadoop.security.AuthenticationFilterInitializer";
    site.set("hadoop.http.filter.initializers", filter);
}

/// Turns `hive-site.xml` to Kerberos: the metastore and HiveServer2.
pub fn secure_hive(site: &mut Site, realm: &Realm, user: &str) {
    let principal = realm.service_principal(user);
    let keytab = realm.keytab().display().to_string();
    site.set("hive.metastore.sasl.enabled", true);
    site.set("hive.metastore.kerberos.principal", &principal);
    site.set("hive.metastore.kerberos.keytab.file", &keytab);
    // MapReduce inside HiveServer2 names who may renew its HDFS tokens; nobody has to.
    site.set("yarn.resourcemanager.principal", &principal);
    site.set("hive.server2.authentication", "KERBEROS");
    site.set("hive.server2.authentication.kerberos.principal", &principal);
    site.set("hive.server2.authentication.kerberos.keytab", &keytab);
}
