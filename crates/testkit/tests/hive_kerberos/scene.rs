//! A move between the two clusters, and what it is asked to do.

use crate::{Clusters, clusters};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A principal and the keytab with its keys.
pub(crate) struct Who {
    pub(crate) principal: String,
    pub(crate) keytab: PathBuf,
}

/// The move of a database.
pub(crate) struct Scene {
    pub(crate) clusters: &'static Clusters,
    database: &'static str,
    /// What `krb5.conf` is read, several parted by colons.
    pub(crate) realms: String,
    /// Who we are on UPPER; without, the move file does not say Kerberos there.
    pub(crate) upper: Option<Who>,
    pub(crate) strategy: &'static str,
    pub(crate) arguments: &'static str,
    top: TempDir,
}

impl Scene {
    /// The move of a database by the superusers of both file systems.
    pub(crate) fn new(database: &'static str) -> Scene {
        let clusters = clusters();
        let realm = &clusters.realms.upper;
        let who = Who { principal: realm.user_principal("hdfs"), keytab: realm.keytab() };
        Scene {
            clusters,
            database,
            realms: realm.configuration().display().to_string(),
            upper: Some(who),
            strategy: "copy",
            arguments: "",
            top: tempfile::tempdir().expect("a directory"),
        }
    }

    /// Fills LOWER.
    pub(crate) fn fill(&self, statements: &[&str]) {
        self.clusters.lower.hql("alice", statements).expect("the statements run");
    }

    /// Runs a verb on the move and tells what it said; its end must be `code`.
    #[track_caller]
    pub(crate) fn says(&self, verb: &str, stage: &str, code: i32) -> String {
        let file = self.top.path().join("move.yaml");
        fs::write(&file, self.text(stage)).expect("a move file");
        let mut command = Command::new(binary());
        command.arg(verb).arg(file).stdin(Stdio::null()).env("NO_COLOR", "1");
        if verb != "check" {
            command.arg("--state-dir").arg(self.top.path().join("state"));
        }
        command.env("KRB5_CONFIG", &self.realms).env_remove("KRB5CCNAME");
        command.env("HOME", self.top.path());
        let Output { status, stdout, stderr } = command.output().expect("boatlift starts");
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }

    fn text(&self, stage: &str) -> String {
        let Clusters { realms, lower, upper } = self.clusters;
        let hive = |realm: &str| format!("hive/_HOST@{realm}");
        let (old, new) = (hive(realms.lower.name()), hive(realms.upper.name()));
        let secure = match &self.upper {
            None => String::new(),
            Some(Who { principal, keytab }) => format!(
                "    metastore: {{uris: [\"{}\"], auth: {{kerberos: {{service: {new}}}}}}}\n\
                 \x20   hive-server2: {{uri: \"{}default;principal={new}\"}}\n\
                 \x20   hadoop-conf: {}\n\
                 \x20   kerberos: {{principal: {principal}, keytab: {}}}\n",
                upper.metastore_uri(),
                upper.hive_server2_url(),
                upper.configuration().display(),
                keytab.display(),
            ),
        };
        let simple = || format!("    metastore: {{uris: [\"{}\"]}}\n", upper.metastore_uri());
        let there = if secure.is_empty() { simple() } else { secure };
        format!(
            "move: {database}\nmover: hive\nhive:\n  lower:\n\
             \x20   metastore: {{uris: [\"{}\"], auth: {{kerberos: {{service: {old}}}}}}}\n\
             \x20   hive-server2: {{uri: \"{}default;principal={old}\"}}\n\
             \x20   namespace: {}\n    hadoop-conf: {}\n    legacy-hive: true\n\
             \x20   kerberos: {{principal: {}, keytab: {}}}\n\
             \x20 upper:\n{there}    namespace: \"{}\"\n\
             \x20 stage: {stage}\n  scope: {{databases: [{database}]}}\n\
             \x20 storage:\n    strategy: {}\n    distcp:\n      command: {}\n\
             \x20     resource-manager: \"{}\"\n      arguments: [{}]\n",
            lower.metastore_uri(),
            lower.hive_server2_url(),
            lower.hdfs_url(),
            lower.configuration().display(),
            realms.lower.user_principal("hdfs"),
            realms.lower.keytab().display(),
            upper.hdfs_url(),
            self.strategy,
            upper.distcp_command().display(),
            upper.resource_manager_url(),
            self.arguments,
            database = self.database,
        )
    }

    /// The rows of a query on each side must be the same, and some.
    #[track_caller]
    pub(crate) fn assert_same_rows(&self, query: &str) {
        let counted = "SET hive.compute.query.using.stats=false";
        let there = self.clusters.lower.hql("alice", &[counted, query]).expect("LOWER tells");
        let here = self.clusters.upper.hql("alice", &[counted, query]).expect("UPPER tells");
        assert!(!there.trim().is_empty(), "LOWER has no rows");
        assert_eq!(here, there);
    }
}

/// The binary under test: named by `cargo xtask test`, else built here.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("BOATLIFT_BIN") {
            return PathBuf::from(binary);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "-q", "-p", "boatlift-cli"]).status();
        assert!(built.expect("cargo starts").success(), "the binary cannot be built");
        let test = std::env::current_exe().expect("the path of this test");
        test.parent().and_then(Path::parent).expect("a target directory").join("boatlift")
    })
}
