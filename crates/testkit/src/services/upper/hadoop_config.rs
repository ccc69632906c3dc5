//! Hadoop's configuration for an UPPER stack: small, on loopback, with permissions, ACLs
//! and WebHDFS on.

use super::{HIVE_USER, SUPERUSER, UpperOptions, YARN_USER};
use crate::services::error::ServiceError;
use crate::services::kerberos::{self, Security};
use crate::services::site::Site;
use std::fs;
use std::path::Path;

/// The address of everything.
pub(super) const HOST: &str = "127.0.0.1";

/// The file that signs the cookies of YARN's pages.
const COOKIES: &str = "cookies";

/// How DistCp's processes are started: small, and soon up.
const TASK_OPTIONS: &str = "-Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

const LOG: &str = "log4j.rootLogger=INFO,stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d %p %c{1}: %m%n
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
";

const HDFS: &[(&str, &str)] = &[
    ("dfs.replication", "1"),
    ("dfs.webhdfs.enabled", "true"),
    ("dfs.permissions.enabled", "true"),
    ("dfs.permissions.superusergroup", "supergroup"),
    ("dfs.namenode.acls.enabled", "true"),
    ("dfs.namenode.safemode.extension", "0"),
    ("dfs.namenode.datanode.registration.ip-hostname-check", "false"),
    ("dfs.namenode.fs-limits.min-block-size", "1024"),
    ("dfs.datanode.hostname", HOST),
];

const YARN: &[(&str, &str)] = &[
    ("yarn.resourcemanager.hostname", HOST),
    ("yarn.resourcemanager.am.max-attempts", "1"),
    ("yarn.resourcemanager.connect.max-wait.ms", "10000"),
    ("yarn.resourcemanager.connect.retry-interval.ms", "1000"),
    ("yarn.client.nodemanager-connect.max-wait-ms", "5000"),
    ("yarn.client.nodemanager-connect.retry-interval-ms", "1000"),
    ("yarn.scheduler.minimum-allocation-mb", "64"),
    ("yarn.scheduler.maximum-allocation-mb", "1024"),
    ("yarn.nodemanager.hostname", HOST),
    ("yarn.nodemanager.aux-services", "mapreduce_shuffle"),
    ("yarn.nodemanager.resource.memory-mb", "2048"),
    ("yarn.nodemanager.resource.cpu-vcores", "8"),
    ("yarn.nodemanager.pmem-check-enabled", "false"),
    ("yarn.nodemanager.vmem-check-enabled", "false"),
    ("yarn.nodemanager.disk-health-checker.enable", "false"),
    // Directories on a disk that is 90 % full are left out at the start, checker or not.
    ("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100"),
];

const MAPRED: &[(&str, &str)] = &[
    ("mapreduce.framework.name", "yarn"),
    ("mapreduce.map.memory.mb", "256"),
    ("mapreduce.map.java.opts", TASK_OPTIONS),
    ("mapreduce.map.maxattempts", "1"),
    ("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging"),
    ("yarn.app.mapreduce.am.resource.mb", "256"),
    ("yarn.app.mapreduce.am.command-opts", TASK_OPTIONS),
    // What is left of a job ends soon after its stack was killed: each of these multiplies.
    ("ipc.client.connect.max.retries", "1"),
    ("yarn.app.mapreduce.am.scheduler.connection.wait.interval-ms", "10000"),
    ("yarn.app.mapreduce.client.max-retries", "3"),
    ("distcp.dynamic.recordsPerChunk", "5"),
];

/// One queue; its applications' masters may take all of it.
const QUEUES: &[(&str, &str)] = &[
    ("yarn.scheduler.capacity.root.queues", "default"),
    ("yarn.scheduler.capacity.root.default.capacity", "100"),
    ("yarn.scheduler.capacity.maximum-am-resource-percent", "0.5"),
];

/// What Hadoop's files tell.
pub(super) struct HadoopConfig<'a> {
    /// The stack's folder.
    pub(super) folder: &'a Path,
    /// What was chosen.
    pub(super) options: &'a UpperOptions,
    /// Hadoop's jars, as containers find them.
    pub(super) jars: &'a Path,
    /// Classes that take the place of some of those jars.
    pub(super) replaced: Option<&'a Path>,
}

impl HadoopConfig<'_> {
    /// Writes every file for servers and clients into a folder.
    pub(super) fn write(&self, conf: &Path) -> Result<(), ServiceError> {
        let cookies = self.folder.join(COOKIES);
        fs::write(&cookies, "signs").map_err(ServiceError::file("write", &cookies))?;
        self.core().write(&conf.join("core-site.xml"))?;
        self.hdfs().write(&conf.join("hdfs-site.xml"))?;
        self.yarn(conf).write(&conf.join("yarn-site.xml"))?;
        self.mapred(conf).write(&conf.join("mapred-site.xml"))?;
        Site::new().set_all(QUEUES.iter().copied()).write(&conf.join("capacity-scheduler.xml"))?;
        let log = conf.join("log4j.properties");
        fs::write(&log, LOG).map_err(ServiceError::file("write", &log))
    }

    /// The file system, for Hive too.
    pub(super) fn core(&self) -> Site {
        let groups = format!("{SUPERUSER}=supergroup;{HIVE_USER}={HIVE_USER};{YARN_USER}=hadoop");
        let mut site = Site::new();
        site.set("fs.defaultFS", url("hdfs", self.options.ports.name_node))
            .set("hadoop.tmp.dir", self.folder.join("hadoop-tmp").display())
            .set("hadoop.user.group.static.mapping.overrides", groups)
            .set(format!("hadoop.proxyuser.{HIVE_USER}.hosts"), "*")
            .set(format!("hadoop.proxyuser.{HIVE_USER}.groups"), "*");
        if let Security::Kerberos(realm) = &self.options.security {
            kerberos::secure_core(&mut site, realm);
        }
        add(&mut site, &self.options.core_site);
        site
    }

    /// HDFS, for Hive too.
    pub(super) fn hdfs(&self) -> Site {
        let ports = &self.options.ports;
        let directory = |name: &str| format!("file://{}", self.folder.join(name).display());
        let mut site = Site::new();
        site.set_all(HDFS.iter().copied())
            .set("dfs.namenode.name.dir", directory("name"))
            .set("dfs.namenode.rpc-address", at(ports.name_node))
            .set("dfs.namenode.http-address", at(ports.name_node_http))
            .set("dfs.datanode.data.dir", directory("data"))
            .set("dfs.datanode.address", at(ports.data_node))
            .set("dfs.datanode.http.address", at(ports.data_node_http))
            .set("dfs.datanode.ipc.address", at(ports.data_node_ipc));
        if let Security::Kerberos(realm) = &self.options.security {
            kerberos::secure_hdfs(&mut site, realm, SUPERUSER);
            // LOWER's NameNode is of another realm than ours.
            site.set("dfs.namenode.kerberos.principal.pattern", "*");
        }
        add(&mut site, &self.options.hdfs_site);
        site
    }

    fn yarn(&self, conf: &Path) -> Site {
        let ports = &self.options.ports;
        let directory = |name: &str| self.folder.join(name).display().to_string();
        let mut site = Site::new();
        site.set_all(YARN.iter().copied())
            .set("yarn.application.classpath", self.class_path(conf))
            .set("yarn.resourcemanager.address", at(ports.resource_manager))
            .set("yarn.resourcemanager.scheduler.address", at(ports.scheduler))
            .set("yarn.resourcemanager.resource-tracker.address", at(ports.tracker))
            .set("yarn.resourcemanager.admin.address", at(ports.resource_manager_admin))
            .set("yarn.resourcemanager.webapp.address", at(ports.resource_manager_http))
            .set("yarn.nodemanager.address", at(ports.node_manager))
            .set("yarn.nodemanager.localizer.address", at(ports.localizer))
            .set("yarn.nodemanager.webapp.address", at(ports.node_manager_http))
            .set("yarn.nodemanager.local-dirs", directory("containers"))
            .set("yarn.nodemanager.log-dirs", directory("container-logs"));
        if let Security::Kerberos(realm) = &self.options.security {
            kerberos::secure_yarn(&mut site, realm, YARN_USER, &self.folder.join(COOKIES));
        }
        site
    }

    fn mapred(&self, conf: &Path) -> Site {
        let mut site = Site::new();
        site.set_all(MAPRED.iter().copied())
            .set("mapreduce.application.classpath", self.class_path(conf))
            .set("mapreduce.shuffle.port", self.options.ports.shuffle);
        if let Security::Kerberos(realm) = &self.options.security {
            let options = format!(
                "{TASK_OPTIONS} -Djava.security.krb5.conf={}",
                realm.configuration().display()
            );
            site.set("mapreduce.map.java.opts", &options);
            site.set("yarn.app.mapreduce.am.command-opts", &options);
        }
        site
    }

    /// Containers find configuration and jars where we do: there is no installed Hadoop.
    fn class_path(&self, conf: &Path) -> String {
        let first = self.replaced.iter().map(|folder| format!("{},", folder.display()));
        format!("{}{},{}/*", first.collect::<String>(), conf.display(), self.jars.display())
    }
}

/// A port with the address of everything.
pub(super) fn at(port: u16) -> String {
    format!("{HOST}:{port}")
}

/// The address of a service.
pub(super) fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://{}", at(port))
}

/// Adds what a test wants besides.
pub(super) fn add(site: &mut Site, more: &[(String, String)]) {
    site.set_all(more.iter().map(|(name, value)| (name.as_str(), value.as_str())));
}
