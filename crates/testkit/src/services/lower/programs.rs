//! The programs of LOWER: which class, with which memory, as whom.

use super::{HIVE_USER, LowerOptions, SUPERUSER};
use crate::services::cache;
use crate::services::error::ServiceError;
use crate::services::java::{Java, Loading, plain_local_files};
use crate::services::kerberos::Security;
use crate::services::process::Recipe;
use crate::services::scratch::Scratch;
use std::path::PathBuf;

/// The folder of jars in the cache, filled by `cargo xtask provision`.
const JARS: &str = "lower-1.2.1";
/// The version that DataNucleus 3 is told: it cannot read those without "1." in front.
const SPOOFED_VERSION: &str = "1.8.0_400";

/// One of Hadoop's own tools.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tool {
    /// `hdfs dfs`.
    Files,
    /// `hdfs dfsadmin`.
    Administration,
}

/// How to run each program.
#[derive(Debug)]
pub(super) struct Programs {
    class_path: [PathBuf; 2],
    logs: PathBuf,
    options: LowerOptions,
}

impl Programs {
    pub(super) fn new(options: &LowerOptions, scratch: &Scratch) -> Result<Self, ServiceError> {
        let jars = cache()?.join("jars").join(JARS);
        if !jars.is_dir() {
            let why = format!("{} is missing: run `cargo xtask provision`", jars.display());
            return Err(ServiceError::setup(why));
        }
        let class_path = [scratch.folder("conf")?, jars.join("*")];
        Ok(Programs { class_path, logs: scratch.folder("logs")?, options: options.clone() })
    }

    pub(super) fn format(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.namenode.NameNode", 256);
        self.run_as(SUPERUSER, "format", &java.arguments(["-format", "-nonInteractive"]))
    }

    pub(super) fn name_node(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.namenode.NameNode", 384);
        self.run_as(SUPERUSER, "name-node", &java)
    }

    pub(super) fn data_node(&self) -> Result<Recipe, ServiceError> {
        let java = self.hadoop("hdfs.server.datanode.DataNode", 256);
        self.run_as(SUPERUSER, "data-node", &java)
    }

    pub(super) fn metastore(&self) -> Result<Recipe, ServiceError> {
        let port = self.options.ports.metastore.to_string();
        let java = self.hive("org.apache.hadoop.hive.metastore.HiveMetaStore", 512);
        self.run_as(HIVE_USER, "metastore", &java.arguments(["-p", &port]))
    }

    pub(super) fn hive_server2(&self) -> Result<Recipe, ServiceError> {
        let mut java = self.hive("org.apache.hive.service.server.HiveServer2", 768);
        if let Security::Kerberos(_) = &self.options.security {
            let [_, jars] = &self.class_path;
            java = java.class_path_front(plain_local_files(jars)?);
        }
        self.run_as(HIVE_USER, "hive-server2", &java)
    }

    /// Several commands in one process, as the superuser.
    pub(super) fn hdfs_commands(
        &self,
        tool: Tool,
        commands: &[&[&str]],
    ) -> Result<Recipe, ServiceError> {
        let class = match tool {
            Tool::Files => "org.apache.hadoop.fs.FsShell",
            Tool::Administration => "org.apache.hadoop.hdfs.tools.DFSAdmin",
        };
        let java = Java::new(class, Loading::ToolCommands)
            .class_path(&self.class_path)
            .arguments(commands.join(&";;"));
        let recipe = self.run_as(SUPERUSER, "hdfs-commands", &java)?;
        self.options.security.with_ticket(recipe, |realm| realm.service_principal(SUPERUSER))
    }

    /// Hive's own client, which stops at the first statement that fails.
    pub(super) fn beeline(
        &self,
        url: &str,
        user: &str,
        statements: &[&str],
    ) -> Result<Recipe, ServiceError> {
        let url = self.options.security.session_url(url, HIVE_USER);
        let java = Java::new("org.apache.hive.beeline.BeeLine", Loading::Plain)
            .class_path(&self.class_path)
            .arguments(["--silent=true", "--outputformat=tsv2", "--showHeader=false"])
            .arguments(["-u", &url, "-n", user, "-p", "none"])
            .arguments(statements.iter().flat_map(|statement| ["-e", statement]));
        let recipe = self.run_as(user, "beeline", &java)?;
        self.options.security.with_ticket(recipe, |realm| realm.user_principal(user))
    }

    fn hadoop(&self, class: &str, heap_mebibytes: u32) -> Java {
        Java::new(&format!("org.apache.hadoop.{class}"), Loading::Plain)
            .class_path(&self.class_path)
            .heap_mebibytes(heap_mebibytes)
    }

    fn hive(&self, class: &str, heap_mebibytes: u32) -> Java {
        Java::new(class, Loading::UrlClassLoader)
            .class_path(&self.class_path)
            .heap_mebibytes(heap_mebibytes)
            .property("spoof", SPOOFED_VERSION)
    }

    fn run_as(&self, user: &str, name: &str, java: &Java) -> Result<Recipe, ServiceError> {
        let java = self.options.security.run_as(user, java);
        Ok(java.recipe(name, &self.logs)?.network(&self.options.network))
    }
}
