//! A cluster of hms-mirror's: it is reached by HiveServer2 alone, hence a metastore must be
//! named besides or is taken to be on the same host.

use super::{Remark, yaml};
use crate::config::{
    Auth, Cluster, Held, HiveServer2, Metastore, PartitionDiscovery, Secret, Service, Transport,
};
use boatlift_clients::hiveserver2::Url;
use boatlift_clients::wire::Endpoint;

/// A metastore's usual port.
const METASTORE_PORT: u16 = 9083;

/// The cluster of a side.
///
/// # Errors
/// Says which key is missing or wrong.
pub(super) fn cluster(
    side: &str,
    theirs: yaml::Cluster,
    remarks: &mut Vec<Remark>,
) -> Result<Cluster, String> {
    let key = |key: &str| format!("clusters.{side}.{key}");
    let jdbc = Url::parse(&theirs.hive_server2.uri)
        .map_err(|why| format!("{}: {why}", key("hiveServer2.uri")))?;
    let namespace = theirs.hcfs_namespace.filter(|namespace| !namespace.is_empty());
    let namespace = namespace.ok_or_else(|| format!("{}: missing", key("hcfsNamespace")))?;
    if theirs.environment.is_some() {
        remarks.push(Remark::new(key("environment"), "not used"));
    }
    if theirs.legacy_hive.is_none() {
        remarks.push(Remark::new(key("legacyHive"), "not given, taken as false"));
    }
    let uris = metastores(&key, theirs.metastore.as_deref(), &jdbc, remarks);
    let principal = jdbc.principal().map(str::to_owned);
    let auth = principal.map_or(Auth::None, |service| Auth::Kerberos(Service { service }));
    if auth != Auth::None {
        remarks.push(Remark::new(
            key("hiveServer2.uri"),
            "its principal is taken for the metastore's too",
        ));
    }
    Ok(Cluster {
        metastore: Metastore { uris, transport: Transport::Buffered, tls: None, auth },
        hive_server2: Some(server(&key, theirs.hive_server2, &jdbc, remarks)),
        namespace,
        namespace_aliases: Vec::new(),
        hadoop_conf: None,
        user: None,
        legacy_hive: theirs.legacy_hive.unwrap_or(false),
        kerberos: None,
    })
}

/// Discovery of partitions, which hms-mirror has per cluster and uses on UPPER.
pub(super) fn discovery(
    clusters: &yaml::Clusters,
    remarks: &mut Vec<Remark>,
) -> PartitionDiscovery {
    if clusters.lower.partition_discovery.is_some() {
        remarks.push(Remark::new("clusters.LOWER.partitionDiscovery", "not used"));
    }
    let theirs = clusters.upper.partition_discovery.unwrap_or_default();
    if theirs.auto || theirs.init_msck {
        remarks.push(Remark::new(
            "clusters.UPPER.partitionDiscovery",
            "every partition is copied anyway; `auto` may add or remove others, `initMSCK` is not run",
        ));
    }
    PartitionDiscovery { auto: theirs.auto, init_msck: theirs.init_msck }
}

fn metastores(
    key: &impl Fn(&str) -> String,
    named: Option<&str>,
    jdbc: &Url,
    remarks: &mut Vec<Remark>,
) -> Vec<String> {
    if let Some(named) = named {
        return named.split(',').map(|uri| uri.trim().to_owned()).collect();
    }
    let hosts = jdbc.endpoints().iter();
    let uris: Vec<String> =
        hosts.map(|at| Endpoint::new(at.host.clone(), METASTORE_PORT).to_string()).collect();
    let uris: Vec<String> = uris.iter().map(|at| format!("thrift://{at}")).collect();
    let taken = format!("not given, taken as {}", uris.join(","));
    remarks.push(Remark::new(key("metastore"), taken));
    uris
}

fn server(
    key: &impl Fn(&str) -> String,
    theirs: yaml::HiveServer2,
    jdbc: &Url,
    remarks: &mut Vec<Remark>,
) -> HiveServer2 {
    if theirs.jar_file.is_some() {
        remarks.push(Remark::new(key("hiveServer2.jarFile"), "not used: no Java is needed"));
    }
    let password = jdbc.password().map(|password| password.reveal());
    let password = password.filter(|password| !password.is_empty());
    let password = password.map(|password| Secret::Held(Held::new(password)));
    let mut in_uri = password.is_some();
    let mut ours = HiveServer2 { uri: without_password(&theirs.uri), user: None, password };
    for (name, value) in theirs.connection_properties {
        match name.as_str() {
            "user" => ours.user = Some(value.0).filter(|user| !user.is_empty()),
            "password" => {
                if !value.0.is_empty() {
                    in_uri = false;
                    ours.password = Some(Secret::Held(Held::new(value.0)));
                }
            }
            _ => {
                let key = key(&format!("hiveServer2.connectionProperties.{name}"));
                remarks.push(Remark::new(key, "not used: put it into the JDBC URI"));
            }
        }
    }
    if matches!(ours.password, Some(Secret::Held(_))) {
        let place = if in_uri { "uri" } else { "connectionProperties.password" };
        remarks.push(Remark::new(
            key(&format!("hiveServer2.{place}")),
            "the password is in clear in the file; it is neither printed nor stored",
        ));
    }
    ours
}

/// The URI without the password among the settings of its connection.
fn without_password(uri: &str) -> String {
    let (session, rest) = uri.split_at(uri.find(['?', '#']).unwrap_or(uri.len()));
    let is_password = |setting: &&str| setting.to_ascii_lowercase().starts_with("password=");
    let kept: Vec<&str> = session.split(';').filter(|setting| !is_password(setting)).collect();
    kept.join(";") + rest
}
