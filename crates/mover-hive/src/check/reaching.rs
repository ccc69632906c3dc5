//! Whether UPPER's HiveServer2 reaches the file systems that files will come to: tables are
//! pointed there, and a Hive has to be told how to reach a bucket.

use super::condition::{Condition, Standing};
use super::listing::reach;
use super::reading::{RESTRICTED, is_restricted};
use super::servers::Server;
use super::targets::held;
use crate::catalog::chain;
use crate::config::HiveConfig;
use crate::locations::{Locations, Place};
use boatlift_clients::hiveserver2::HiveError;
use boatlift_core::store::Opener;
use std::collections::BTreeMap;

/// Lines of an answer that are taken; one is expected.
const MOST_LINES: usize = 100;

/// One condition for each file system that a rule leads to, where there is a server to ask.
pub(super) fn prove(
    config: &HiveConfig,
    locations: &Locations,
    server: Option<&mut Server>,
    stores: &dyn Opener,
) -> Vec<Condition> {
    let Some(server) = server.filter(|server| server.is_usable()) else { return Vec::new() };
    let tops = locations.rules().map(|rule| entrance(&rule.to, stores));
    let tops: BTreeMap<String, Place> = tops.map(|top| (top.canonical(), top)).collect();
    let reader = server.reader();
    let ask = |top: &Place| {
        let about = format!("UPPER reaches {top}");
        match server.lines(&reach(top), MOST_LINES) {
            Ok(_) => Condition::new(about, Standing::Holds, format!("{reader} finds it")),
            Err(error) => held(config, unreached(about, top, &error)),
        }
    };
    tops.values().map(ask).collect()
}

/// Where a server is asked to look: at a file system's top, and in a bucket at the rule's folder
/// as soon as it is there, for an account need not be let into the rest.
fn entrance(to: &Place, stores: &dyn Opener) -> Place {
    match to.is_in_bucket() && stores.open(&to.to_string()).is_ok() {
        true => to.clone(),
        false => to.top(),
    }
}

fn unreached(about: String, top: &Place, error: &HiveError) -> Condition {
    if is_restricted(error) {
        let seen = format!("it cannot be proved: {}", chain(error));
        return Condition::new(about, Standing::Unproved, seen).hint(RESTRICTED);
    }
    let seen = format!(
        "UPPER's HiveServer2 does not find {top}: {}; the reason stands in that server's log",
        chain(error)
    );
    let hint = match top.is_in_bucket() {
        true => {
            "UPPER's HiveServer2 and metastore need hadoop-aws of their Hadoop's version, and \
             fs.s3a.endpoint and fs.s3a.aws.credentials.provider in their core-site.xml"
        }
        false => "look at the configuration of UPPER's HiveServer2",
    };
    Condition::new(about, Standing::Fails, seen).hint(hint)
}
