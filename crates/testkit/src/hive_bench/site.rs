//! The two clusters, and where programs keep what is theirs.

use super::{CONNECTIONS, Result, USER};
use crate::services::lower::{LowerOptions, LowerStack};
use crate::services::upper::{Part, UpperOptions, UpperStack};
use boatlift_clients::metastore::{Dial, Identity, Metastores, Settings};
use boatlift_clients::wire::{Endpoint, Options, dial};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whether UPPER has YARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Yarn {
    /// It has HiveServer2 instead.
    Absent,
    /// It has, and no HiveServer2.
    Running,
}

/// Two running clusters.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) lower: LowerStack,
    pub(crate) upper: UpperStack,
    pub(crate) yarn: Yarn,
}

impl Site {
    /// What the metastores say of themselves, beside what the stacks are made of: Hive 1.2 tells
    /// another version than it has.
    pub(super) fn versions(&self) -> Result<BTreeMap<String, String>> {
        let says = |uri: &str| pool(uri).read(|metastore| metastore.version());
        let lower = says(&self.lower.metastore_uri())?;
        let upper = says(&self.upper.metastore_uri())?;
        let lower = format!("Hive 1.2.1 on HDFS 2.7.3, Derby below (its metastore says {lower})");
        let upper = format!("Hive 4.0.1 on HDFS 3.4, Derby below (its metastore says {upper})");
        Ok(BTreeMap::from([("LOWER".to_owned(), lower), ("UPPER".to_owned(), upper)]))
    }

    /// Starts both, empty, with notifications on.
    ///
    /// # Errors
    /// When a service does not become ready.
    pub(crate) fn start(yarn: Yarn) -> Result<Site> {
        let mut options = UpperOptions::new()?;
        (options.yarn, options.hive_server2) = match yarn {
            Yarn::Absent => (Part::Absent, Part::Running),
            Yarn::Running => (Part::Running, Part::Absent),
        };
        let lower = LowerStack::start(LowerOptions::new()?)?;
        let upper = UpperStack::start(options)?;
        Ok(Site { lower, upper, yarn })
    }

    /// The hive part of a move file that is the same in all cases, for one database.
    pub(crate) fn move_file(&self, database: &str, more: &str) -> String {
        let side = |metastore: String, hdfs: String| {
            format!("    metastore: {{uris: [\"{metastore}\"]}}\n    namespace: {hdfs}\n")
        };
        format!(
            "move: bench\nmover: hive\nhive:\n  lower:\n{}    legacy-hive: true\n  upper:\n{}  \
             connections: {CONNECTIONS}\n  batch: {}\n  scope: {{databases: [{database}]}}\n{more}",
            side(self.lower.metastore_uri(), self.lower.hdfs_url()),
            side(self.upper.metastore_uri(), self.upper.hdfs_url()),
            super::BATCH,
        )
    }
}

/// As many connections as anybody has, none of them made yet.
pub(crate) fn pool(uri: &str) -> Metastores {
    let settings = Settings {
        endpoints: vec![uri.to_owned()],
        identity: Identity::Claimed { user: USER.to_owned(), groups: vec![USER.to_owned()] },
        connections: CONNECTIONS,
        patience: Duration::from_secs(900),
    };
    let dial: Dial = Box::new(|uri| {
        let endpoint: Endpoint = uri.strip_prefix("thrift://").unwrap_or(uri).parse()?;
        Ok(dial(&endpoint, &Options::default())?)
    });
    Metastores::new(settings, dial)
}
