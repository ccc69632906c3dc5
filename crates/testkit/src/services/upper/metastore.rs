//! What an UPPER metastore needs besides its jars: the tables of its database, and a
//! listener that writes the notification log. Both are made once and kept in the cache.

use super::jars::JarSets;
use super::{cached, hive_config};
use crate::services::cache;
use crate::services::error::ServiceError;
use crate::services::java::{Java, Loading};
use crate::services::process::Recipe;
use crate::services::site::Site;
use std::fs;
use std::path::{Path, PathBuf};

/// Stands in for Hive's `DbNotificationListener`: see there.
const LISTENER: &str = include_str!("../java/NotificationWriter.java");
const SCHEMA_TOOL: &str = "org.apache.hadoop.hive.metastore.tools.schematool.MetastoreSchemaTool";
const DERBY: &str = "org.apache.derby.jdbc.EmbeddedDriver";
/// The folder inside the packed metastore from which the schema's SQL is taken.
const METASTORE_HOME: &str = "apache-hive-metastore-4.0.1-bin";

/// The folder with the listener's classes.
pub(super) fn listener(jars: &JarSets) -> Result<PathBuf, ServiceError> {
    let parent = cache()?.join("java");
    cached::folder(&parent, "notification-writer", LISTENER, |folder| {
        let source = folder.join("NotificationWriter.java");
        fs::write(&source, LISTENER).map_err(ServiceError::file("write", &source))?;
        let class_path = format!("{}/*", jars.hive.display());
        let words = ["-nowarn", "-cp", &class_path, "-d", ".", "NotificationWriter.java"];
        Recipe::new("javac", "javac", folder).arguments(words).run().map(drop)
    })
}

/// Puts an empty metastore's database into a folder that does not exist yet.
pub(super) fn create_database(jars: &JarSets, folder: &Path) -> Result<(), ServiceError> {
    let parent = cache()?.join("templates");
    let pom = jars.hive_schema.join("pom.xml");
    let source = fs::read_to_string(&pom).map_err(ServiceError::file("read", &pom))?;
    let made =
        cached::folder(&parent, "metastore-4.0.1", &source, |folder| run_tool(jars, folder))?;
    cached::copy(&made.join("database"), folder)
}

/// Runs Hive's own schema tool on a new database, which it fills in about ten seconds.
fn run_tool(jars: &JarSets, folder: &Path) -> Result<(), ServiceError> {
    Site::new()
        .set("javax.jdo.option.ConnectionURL", hive_config::database(&folder.join("database")))
        .set("javax.jdo.option.ConnectionDriverName", DERBY)
        .write(&folder.join("hive-site.xml"))?;
    Java::new(SCHEMA_TOOL, Loading::Plain)
        .class_path([folder.to_path_buf(), jars.hive.join("*")])
        .heap_mebibytes(512)
        .arguments(["-dbType", "derby", "-initSchema"])
        .recipe("schematool", folder)?
        .variable("METASTORE_HOME", jars.hive_schema.join(METASTORE_HOME))
        .run()
        .map(drop)
}
