//! The configuration files of LOWER.

use super::{DoAs, HIVE_USER, LowerOptions, Notifications, SUPERUSER, Transport, WAREHOUSE};
use crate::services::error::ServiceError;
use crate::services::kerberos::{self, Security};
use crate::services::scratch::Scratch;
use crate::services::site::Site;
use std::fs;
use std::path::Path;

/// Everything goes to the process's stderr: its stdout may be data. Hive looks for a file of
/// its own name first.
const LOG4J: &str = "\
log4j.rootLogger=WARN,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %c{1}: %m%n
";

/// Writes all of them into the folder `conf`.
pub(super) fn write(options: &LowerOptions, scratch: &Scratch) -> Result<(), ServiceError> {
    let conf = scratch.folder("conf")?;
    for name in ["log4j.properties", "hive-log4j.properties"] {
        write_text(&conf.join(name), LOG4J)?;
    }
    write_text(&conf.join("hive-exec-log4j.properties"), LOG4J)?;
    for application in ["hdfs", "datanode", "static"] {
        let information = scratch.folder(&format!("conf/webapps/{application}/WEB-INF"))?;
        write_text(&information.join("web.xml"), "<web-app/>")?;
    }
    core(options, scratch).write(&conf.join("core-site.xml"))?;
    hdfs(options, scratch).write(&conf.join("hdfs-site.xml"))?;
    hive(options, scratch).write(&conf.join("hive-site.xml"))
}

fn write_text(file: &Path, text: &str) -> Result<(), ServiceError> {
    fs::write(file, text).map_err(ServiceError::file("write", file))
}

fn inside(scratch: &Scratch, name: &str) -> String {
    scratch.path().join(name).display().to_string()
}

fn add(site: &mut Site, more: &[(String, String)]) {
    site.set_all(more.iter().map(|(name, value)| (name.as_str(), value.as_str())));
}

fn core(options: &LowerOptions, scratch: &Scratch) -> Site {
    let mut site = Site::new();
    site.set("fs.defaultFS", options.hdfs_url());
    site.set("hadoop.tmp.dir", inside(scratch, "tmp"));
    let groups = format!("{SUPERUSER}=supergroup;{HIVE_USER}={HIVE_USER}");
    site.set("hadoop.user.group.static.mapping.overrides", groups);
    for what in ["hosts", "groups"] {
        site.set(format!("hadoop.proxyuser.{HIVE_USER}.{what}"), "*");
    }
    if let Security::Kerberos(realm) = &options.security {
        kerberos::secure_core(&mut site, realm);
    }
    add(&mut site, &options.core_site);
    site
}

fn hdfs(options: &LowerOptions, scratch: &Scratch) -> Site {
    let ports = &options.ports;
    let listen = |port: u16| format!("{}:{port}", options.network.address());
    let mut site = Site::new();
    site.set("dfs.replication", 1);
    site.set("dfs.webhdfs.enabled", true);
    site.set("dfs.permissions.superusergroup", "supergroup");
    site.set("dfs.namenode.acls.enabled", true);
    site.set("dfs.namenode.name.dir", format!("file://{}", inside(scratch, "name")));
    site.set("dfs.datanode.data.dir", format!("file://{}", inside(scratch, "data")));
    site.set("dfs.namenode.rpc-address", listen(ports.name_node));
    site.set("dfs.namenode.http-address", listen(ports.name_node_http));
    site.set("dfs.namenode.secondary.http-address", listen(0));
    site.set("dfs.namenode.datanode.registration.ip-hostname-check", false);
    site.set("dfs.namenode.safemode.extension", 0);
    site.set("dfs.datanode.address", listen(ports.data_node));
    site.set("dfs.datanode.http.address", listen(ports.data_node_http));
    site.set("dfs.datanode.ipc.address", listen(ports.data_node_ipc));
    if let Security::Kerberos(realm) = &options.security {
        kerberos::secure_hdfs(&mut site, realm, SUPERUSER);
    }
    add(&mut site, &options.hdfs_site);
    site
}

fn hive(options: &LowerOptions, scratch: &Scratch) -> Site {
    let mut site = Site::new();
    metastore(&mut site, options, scratch);
    hive_server2(&mut site, options, scratch);
    if let Security::Kerberos(realm) = &options.security {
        kerberos::secure_hive(&mut site, realm, HIVE_USER);
    }
    add(&mut site, &options.hive_site);
    site
}

fn metastore(site: &mut Site, options: &LowerOptions, scratch: &Scratch) {
    let database = inside(scratch, "metastore");
    site.set(
        "javax.jdo.option.ConnectionURL",
        format!("jdbc:derby:;databaseName={database};create=true"),
    );
    site.set("hive.metastore.schema.verification", false);
    site.set("datanucleus.autoCreateSchema", true);
    site.set("datanucleus.fixedDatastore", false);
    site.set("hive.metastore.uris", options.metastore_uri());
    site.set("hive.metastore.warehouse.dir", WAREHOUSE);
    let framed = options.metastore_transport == Transport::Framed;
    site.set("hive.metastore.thrift.framed.transport.enabled", framed);
    if options.notifications == Notifications::On {
        let listener = "org.apache.hive.hcatalog.listener.DbNotificationListener";
        site.set("hive.metastore.event.listeners", listener);
    }
}

fn hive_server2(site: &mut Site, options: &LowerOptions, scratch: &Scratch) {
    site.set("hive.server2.thrift.port", options.ports.hive_server2);
    site.set("hive.server2.thrift.bind.host", options.network.address());
    site.set("hive.server2.authentication", "NONE");
    site.set("hive.server2.enable.doAs", options.do_as == DoAs::User);
    site.set("hive.exec.scratchdir", "/tmp/hive");
    site.set("mapreduce.jobtracker.staging.root.dir", "/tmp/mapred/staging");
    for (name, folder) in [
        ("hive.exec.local.scratchdir", "scratch"),
        ("hive.downloaded.resources.dir", "resources"),
        ("hive.querylog.location", "queries"),
        ("hive.server2.logging.operation.log.location", "operations"),
    ] {
        site.set(name, inside(scratch, folder));
    }
    site.set("hive.server2.async.exec.shutdown.timeout", "1s");
    site.set("hive.execution.engine", "mr");
    site.set("mapreduce.framework.name", "local");
    site.set("hive.exec.dynamic.partition.mode", "nonstrict");
    site.set("hive.stats.autogather", false);
    site.set("hive.support.concurrency", false);
    // The hash table of a map join would be built by the `hadoop` command, which is absent.
    site.set("hive.auto.convert.join", false);
}
