//! What a server turned out not to have.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Methods that one endpoint does not know, shared by all connections to it.
///
/// An endpoint behind a balancer may lead to servers of different versions: then the newer
/// one is spoken to as if it were the older.
#[derive(Debug, Default)]
pub struct Capabilities {
    lacking: Mutex<BTreeSet<&'static str>>,
}

impl Capabilities {
    /// Whether a method was called and found unknown.
    pub fn lacks(&self, method: &str) -> bool {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.contains(method)
    }

    /// The methods that were found unknown, in order.
    pub fn lacking(&self) -> Vec<&'static str> {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.iter().copied().collect()
    }

    pub(super) fn remember_lack(&self, method: &'static str) {
        let mut lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.insert(method);
    }
}

/// What a client may say of itself so that a Hive 3 or 4 server hands out every table as it
/// is stored. The first entry switches the translation of objects off; the others keep a
/// server that ignores it from marking tables as read-only or refusing to list them.
pub(super) const PROCESSOR: [&str; 16] = [
    "MANAGERAWMETADATA",
    "ACCEPTS_UNMODIFIED_METADATA",
    "CONNECTORREAD",
    "CONNECTORWRITE",
    "EXTREAD",
    "EXTWRITE",
    "HIVEBUCKET2",
    "HIVECACHEINVALIDATE",
    "HIVEFULLACIDREAD",
    "HIVEFULLACIDWRITE",
    "HIVEMANAGEDINSERTREAD",
    "HIVEMANAGEDINSERTWRITE",
    "HIVEMANAGESTATS",
    "HIVEMQT",
    "HIVEONLYMQTWRITE",
    "HIVESQL",
];

/// Name that goes with [`PROCESSOR`], for the server's log.
pub(super) const PROCESSOR_NAME: &str = "boatlift";

/// `ClientCapability.INSERT_ONLY_TABLES`.
pub(super) const INSERT_ONLY_TABLES: i32 = 2;

/// The catalog of requests that must name one.
pub(super) const DEFAULT_CATALOG: &str = "hive";
