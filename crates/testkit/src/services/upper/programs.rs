//! The programs of UPPER: which class, with which memory, as whom, and what must be in the
//! stack's folder before the first of them runs.

use super::hadoop_config::HadoopConfig;
use super::hive_config::QUERY_JARS;
use super::jars::JarSets;
use super::{HIVE_USER, SUPERUSER, UpperOptions, YARN_USER, command, hive_config, metastore};
use crate::services::error::ServiceError;
use crate::services::java::{Java, Loading, plain_local_files};
use crate::services::kerberos::Security;
use crate::services::process::Recipe;
use crate::services::scratch::Scratch;
use std::fs;
use std::path::PathBuf;

/// The jar that a Tez session localizes, without its ending.
const QUERY_JAR: &str = "hive-exec-4.0.1";

/// How to run each program.
#[derive(Debug)]
pub(super) struct Programs {
    hadoop: Vec<PathBuf>,
    hive: Vec<PathBuf>,
    hive_jars: PathBuf,
    beeline: Vec<PathBuf>,
    metastore_port: u16,
    security: Security,
    logs: PathBuf,
}

impl Programs {
    /// Writes configuration, formats HDFS and puts an empty metastore in place; what a kept
    /// folder already has stays.
    pub(super) fn prepare(options: &UpperOptions, scratch: &Scratch) -> Result<Self, ServiceError> {
        let jars = JarSets::find()?;
        let (conf, hive_conf) = (scratch.folder("conf")?, scratch.folder("hive-conf")?);
        let folder = scratch.path();
        let replaced = match &options.security {
            Security::Simple => None,
            Security::Kerberos(_) => Some(plain_local_files(&jars.hadoop.join("*"))?),
        };
        let config =
            HadoopConfig { folder, options, jars: &jars.hadoop, replaced: replaced.as_deref() };
        config.write(&conf)?;
        hive_config::write(&config, &conf, &hive_conf)?;
        command::write(folder, &conf, &jars.hadoop, &options.security)?;
        // HDFS' servers insist on a folder of pages each.
        for server in ["hdfs", "datanode", "static"] {
            scratch.folder(&format!("pages/webapps/{server}"))?;
        }
        let with_replaced =
            |entries: Vec<PathBuf>| replaced.iter().cloned().chain(entries).collect();
        let mut hive: Vec<PathBuf> =
            with_replaced(vec![hive_conf, metastore::listener(&jars)?, jars.hive.join("*")]);
        if options.buckets.is_some() {
            hive.push(jars.s3a.join("*"));
        }
        let programs = Programs {
            hadoop: with_replaced(vec![
                conf.clone(),
                scratch.folder("pages")?,
                jars.hadoop.join("*"),
            ]),
            hive,
            beeline: match &options.security {
                Security::Simple => vec![jars.beeline.join("*")],
                // A client looks there whether it is to use its ticket.
                Security::Kerberos(_) => vec![conf, jars.beeline.join("*")],
            },
            hive_jars: jars.hive.clone(),
            metastore_port: options.ports.metastore,
            security: options.security.clone(),
            logs: scratch.folder("logs")?,
        };
        if !folder.join("metastore").is_dir() {
            metastore::create_database(&jars, &folder.join("metastore"))?;
        }
        if !folder.join("name/current/VERSION").exists() {
            programs.format()?.run()?;
        }
        Ok(programs)
    }

    fn format(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.namenode.NameNode", 256);
        self.run_as(SUPERUSER, "format", &java.arguments(["-format", "-nonInteractive"]))
    }

    pub(super) fn name_node(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.namenode.NameNode", 256);
        self.run_as(SUPERUSER, "name-node", &java)
    }

    pub(super) fn data_node(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.datanode.DataNode", 256);
        self.run_as(SUPERUSER, "data-node", &java)
    }

    pub(super) fn resource_manager(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("yarn.server.resourcemanager.ResourceManager", 384);
        self.run_as(YARN_USER, "resource-manager", &java)
    }

    pub(super) fn node_manager(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("yarn.server.nodemanager.NodeManager", 384);
        let recipe = self.run_as(YARN_USER, "node-manager", &java)?;
        Ok(recipe.variable("JAVA_HOME", java_home()?))
    }

    pub(super) fn metastore(&self) -> Result<Recipe, ServiceError> {
        let java = self.hive("org.apache.hadoop.hive.metastore.HiveMetaStore", 512);
        let words = ["-p".to_owned(), self.metastore_port.to_string()];
        self.run_as(HIVE_USER, "metastore", &java.arguments(words))
    }

    pub(super) fn hive_server2(&self) -> Result<Recipe, ServiceError> {
        let java = self.hive("org.apache.hive.service.server.HiveServer2", 1024);
        self.run_as(HIVE_USER, "hive-server2", &java)
    }

    /// The commands that put the jar of queries where sessions look for it: under its name
    /// and the SHA-256 of its content.
    pub(super) fn put_query_jar(&self) -> Result<Vec<Vec<String>>, ServiceError> {
        let jar = self.hive_jars.join(format!("{QUERY_JAR}.jar"));
        let sum = Recipe::new("sha256sum", "sha256sum", &self.logs).arguments([&jar]).run()?;
        let sum = sum.split_whitespace().next().unwrap_or_default();
        let target = format!("{QUERY_JARS}/{QUERY_JAR}-{sum}.jar");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Ok(vec![
            words(&["-mkdir", "-p", QUERY_JARS]),
            words(&["-put", "-f", &jar.to_string_lossy(), &target]),
            words(&["-chmod", "-R", "755", QUERY_JARS]),
        ])
    }

    pub(super) fn hdfs_commands(&self, commands: &[Vec<String>]) -> Result<Recipe, ServiceError> {
        let java = Java::new("org.apache.hadoop.fs.FsShell", Loading::ToolCommands)
            .class_path(&self.hadoop)
            .arguments(commands.join(&";;".to_owned()));
        let recipe = self.run_as(SUPERUSER, "hdfs-commands", &java)?;
        self.security.with_ticket(recipe, |realm| realm.service_principal(SUPERUSER))
    }

    pub(super) fn beeline(
        &self,
        url: &str,
        user: &str,
        statements: &[&str],
    ) -> Result<Recipe, ServiceError> {
        let java = Java::new("org.apache.hive.beeline.BeeLine", Loading::Plain)
            .class_path(&self.beeline)
            .arguments(["--silent=true", "--outputformat=tsv2", "--showHeader=false"])
            .arguments(["-u", &self.security.session_url(url, HIVE_USER), "-n", user, "-p", "none"])
            .arguments(statements.iter().flat_map(|statement| ["-e", statement]));
        let recipe = self.run_as(user, "beeline", &java)?;
        self.security.with_ticket(recipe, |realm| realm.user_principal(user))
    }

    fn hadoop(&self, class: &str, heap_mebibytes: u32) -> Java {
        Java::new(&format!("org.apache.hadoop.{class}"), Loading::Plain)
            .class_path(&self.hadoop)
            .heap_mebibytes(heap_mebibytes)
    }

    fn hive(&self, class: &str, heap_mebibytes: u32) -> Java {
        Java::new(class, Loading::Plain).class_path(&self.hive).heap_mebibytes(heap_mebibytes)
    }

    fn run_as(&self, user: &str, name: &str, java: &Java) -> Result<Recipe, ServiceError> {
        self.security.run_as(user, java).recipe(name, &self.logs)
    }
}

/// The installation behind `java`, which containers are started from.
fn java_home() -> Result<PathBuf, ServiceError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path).map(|folder| folder.join("java"));
    program
        .filter_map(|program| fs::canonicalize(program).ok())
        .find_map(|program| Some(program.parent()?.parent()?.to_path_buf()))
        .ok_or_else(|| ServiceError::setup("java is not on PATH"))
}
