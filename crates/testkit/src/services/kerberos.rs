//! Kerberos: a key distribution centre of our own, and what Hadoop and Hive need to use it.
//!
//! The centre runs as the user of the test, with a new realm in a temporary folder; the
//! machine's own Kerberos, if it has one, is neither read nor changed.

mod realm;

pub use realm::{Lifetimes, Realm};

use super::site::Site;
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

/// Turns `core-site.xml` to Kerberos.
pub fn secure_core(site: &mut Site, realm: &Realm) {
    site.set("hadoop.security.authentication", "kerberos");
    site.set("hadoop.security.authorization", true);
    site.set("hadoop.rpc.protection", "authentication,integrity,privacy");
    let keytab = realm.keytab().display().to_string();
    site.set("hadoop.http.authentication.kerberos.keytab", keytab);
    site.set("hadoop.http.authentication.kerberos.principal", realm.service_principal("HTTP"));
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
