//! Hive's configuration for an UPPER stack: Derby, Tez inside HiveServer2, transactions,
//! and the notification log.

use super::HIVE_USER;
use super::hadoop_config::{HOST, HadoopConfig, add, url};
use crate::services::error::ServiceError;
use crate::services::kerberos::{self, Security};
use crate::services::lower::{DoAs, Notifications};
use crate::services::s3::S3Endpoint;
use crate::services::site::Site;
use std::fs;
use std::path::Path;

const LOG: &str = "status=WARN
appender.stderr.type=Console
appender.stderr.name=stderr
appender.stderr.target=SYSTEM_ERR
appender.stderr.layout.type=PatternLayout
appender.stderr.layout.pattern=%d %p %c{1}: %m%n
rootLogger.level=INFO
rootLogger.appenderRef.stderr.ref=stderr
";

const METASTORE: &[(&str, &str)] = &[
    ("javax.jdo.option.ConnectionDriverName", "org.apache.derby.jdbc.EmbeddedDriver"),
    ("datanucleus.schema.autoCreateAll", "false"),
    ("hive.metastore.schema.verification", "true"),
    ("metastore.thrift.bind.host", HOST),
    ("hive.metastore.server.min.threads", "10"),
    ("hive.metastore.event.db.notification.api.auth", "false"),
    ("hive.metastore.dml.events", "true"),
    ("hive.support.concurrency", "true"),
    ("hive.txn.manager", "org.apache.hadoop.hive.ql.lockmgr.DbTxnManager"),
    ("hive.compactor.initiator.on", "false"),
    ("hive.compactor.cleaner.on", "false"),
];

const SERVER: &[(&str, &str)] = &[
    ("hive.server2.thrift.bind.host", HOST),
    ("hive.server2.authentication", "NONE"),
    ("hive.server2.thrift.min.worker.threads", "2"),
    ("hive.server2.webui.port", "0"),
    ("hive.server2.metrics.enabled", "false"),
    ("hive.server2.materializedviews.registry.impl", "DUMMY"),
    ("hive.scheduled.queries.executor.enabled", "false"),
    ("hive.privilege.synchronizer", "false"),
    ("hive.exec.scratchdir", "/tmp/hive"),
    ("hive.exec.dynamic.partition.mode", "nonstrict"),
];

/// Where in HDFS the jar lies that every session of Tez localizes. Sessions that begin side
/// by side and do not find it all write it, and those that lose that race refuse each of
/// their queries from then on ("changed on src filesystem"): so it is put there before.
pub(super) const QUERY_JARS: &str = "/user/query-jars";

/// Queries run as Tez graphs in HiveServer2's own process.
const ENGINE: &[(&str, &str)] = &[
    ("hive.execution.engine", "tez"),
    ("hive.server2.tez.initialize.default.sessions", "false"),
    ("hive.tez.container.size", "256"),
    ("hive.tez.exec.inplace.progress", "false"),
    ("hive.exec.submit.local.task.via.child", "false"),
    ("hive.auto.convert.join.noconditionaltask.size", "10000000"),
    ("hive.user.install.directory", "/user"),
    ("hive.jar.directory", QUERY_JARS),
    ("mapreduce.framework.name", "local"),
    ("tez.local.mode", "true"),
    ("tez.ignore.lib.uris", "true"),
    ("tez.staging-dir", "/tmp/tez"),
    ("tez.am.resource.memory.mb", "256"),
    ("tez.task.resource.memory.mb", "256"),
    ("tez.runtime.io.sort.mb", "24"),
    ("tez.runtime.optimize.local.fetch", "true"),
    ("tez.runtime.unordered.output.buffer.size-mb", "16"),
];

/// How Hive reads buckets: a server of one's own has them in the path.
const BUCKETS: &[(&str, &str)] = &[
    ("fs.s3a.path.style.access", "true"),
    ("fs.s3a.connection.ssl.enabled", "false"),
    ("fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"),
    ("fs.s3a.attempts.maximum", "2"),
    ("fs.s3a.retry.limit", "2"),
];

/// Writes every file of Hive's servers into one folder, and what clients look for into
/// that of Hadoop.
pub(super) fn write(
    hadoop: &HadoopConfig<'_>,
    clients: &Path,
    servers: &Path,
) -> Result<(), ServiceError> {
    let mut core = hadoop.core();
    if let Some(buckets) = &hadoop.options.buckets {
        let S3Endpoint { url, owner, .. } = buckets;
        core.set_all(BUCKETS.iter().copied())
            .set("fs.s3a.endpoint", url)
            .set("fs.s3a.access.key", &owner.access_key)
            .set("fs.s3a.secret.key", &owner.secret_key);
    }
    core.write(&servers.join("core-site.xml"))?;
    hadoop.hdfs().write(&servers.join("hdfs-site.xml"))?;
    for folder in [clients, servers] {
        hive(hadoop).write(&folder.join("hive-site.xml"))?;
    }
    let log = servers.join("log4j2.properties");
    fs::write(&log, LOG).map_err(ServiceError::file("write", &log))
}

/// The address of the database in a folder.
pub(super) fn database(folder: &Path) -> String {
    format!("jdbc:derby:;databaseName={};create=true", folder.display())
}

fn hive(hadoop: &HadoopConfig<'_>) -> Site {
    let (folder, options) = (hadoop.folder, hadoop.options);
    let ports = &options.ports;
    let directory = |name: &str| folder.join(name).display().to_string();
    let mut site = Site::new();
    site.set_all([METASTORE, SERVER, ENGINE].concat())
        .set("javax.jdo.option.ConnectionURL", database(&folder.join("metastore")))
        .set("hive.metastore.uris", url("thrift", ports.metastore))
        .set("hive.metastore.warehouse.dir", options.managed_warehouse())
        .set("hive.metastore.warehouse.external.dir", options.external_warehouse())
        .set("hive.server2.thrift.port", ports.hive_server2)
        .set("hive.server2.enable.doAs", options.do_as == DoAs::User)
        .set("hive.server2.logging.operation.log.location", directory("operation-logs"))
        .set("hive.querylog.location", directory("query-logs"))
        .set("hive.exec.local.scratchdir", directory("scratch"))
        .set("hive.downloaded.resources.dir", directory("resources"));
    if options.notifications == Notifications::On {
        site.set("hive.metastore.transactional.event.listeners", "NotificationWriter");
    }
    if let Security::Kerberos(realm) = &options.security {
        kerberos::secure_hive(&mut site, realm, HIVE_USER);
        // Tez inside a server waits for a master that never says it is ready.
        site.set("hive.execution.engine", "mr").set("hive.auto.convert.join", false);
    }
    add(&mut site, &options.hive_site);
    site
}
