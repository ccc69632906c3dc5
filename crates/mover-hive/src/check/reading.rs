//! Whether UPPER's HiveServer2 lists and reads what lies on LOWER: as the server sees it.

use super::condition::{Condition, Standing};
use super::hadoop::Properties;
use super::link::Clusters;
use super::listing::{Reading, reach, read_one};
use super::roots::{MOST_ROOTS, Root, Roots};
use super::servers::Server;
use crate::catalog::{Found, Presence, chain};
use crate::locations::Place;
use boatlift_clients::hiveserver2::HiveError;
use std::collections::BTreeMap;

/// What the page of BL-HIVE-006 explains.
const ADD_LINES: &str = "BL-HIVE-006: add these to the configuration of UPPER's HiveServer2 and \
                         metastore, and restart them";
pub(super) const RESTRICTED: &str = "let the session's user run `dfs` (hive.security.command.whitelist, or \
                          the admin role), or prove it by hand: hdfs dfs -ls LOCATION as the \
                          server's user";

/// Lines of one listing that are taken.
const MOST_LINES: usize = 20_000;

/// What is known beside the places.
pub(super) struct Evidence<'a> {
    /// Whether LOWER has a location, as we ourselves see it.
    pub(super) presence: &'a Presence,
    pub(super) lower: &'a Properties,
    pub(super) upper: &'a Properties,
    pub(super) lower_realm: Option<&'a str>,
}

/// One condition for each place of LOWER under which tables lie.
pub(super) fn prove(
    roots: &Roots,
    mut server: Option<&mut Server>,
    evidence: &Evidence<'_>,
) -> Vec<Condition> {
    let reader = server.as_deref_mut().map(Server::reader).unwrap_or_default();
    let mut reached: BTreeMap<String, Result<(), String>> = BTreeMap::new();
    let mut conditions = Vec::new();
    for root in roots.iter() {
        let about = format!("UPPER reads {}", root.place);
        let Some(server) = server.as_deref_mut().filter(|server| server.is_usable()) else {
            conditions.push(unproved(&about, root));
            continue;
        };
        let top = root.place.top();
        let is_new = !reached.contains_key(&top.canonical());
        let reach = reached.entry(top.canonical()).or_insert_with(|| {
            match server.lines(&reach(&top), MOST_LINES) {
                Err(error) if !is_restricted(&error) => Err(chain(&error)),
                _ => Ok(()),
            }
        });
        conditions.push(match reach {
            Err(why) if is_new => unreachable(&top, why, evidence),
            Err(_) => Condition::new(about, Standing::Fails, format!("{top} cannot be reached")),
            Ok(()) => read(&about, root, server, &reader, evidence.presence),
        });
    }
    if roots.left_out > 0 {
        let seen =
            format!("{} tables lie elsewhere than these {MOST_ROOTS} places", roots.left_out);
        conditions.push(Condition::new("places that were not looked at", Standing::Told, seen));
    }
    conditions
}

fn unproved(about: &str, root: &Root) -> Condition {
    let seen = format!("{} tables; it cannot be proved without UPPER's HiveServer2", root.tables);
    Condition::new(about, Standing::Unproved, seen).hint("give `upper.hive-server2`")
}

/// The file system as a whole: the clusters are not linked.
fn unreachable(top: &Place, why: &str, evidence: &Evidence<'_>) -> Condition {
    let name = top.to_string();
    let authority = name.split("://").nth(1).unwrap_or_default().trim_end_matches('/');
    let Evidence { lower, upper, lower_realm, .. } = *evidence;
    let clusters = Clusters { authority, lower, upper, lower_realm };
    let seen = format!(
        "UPPER's HiveServer2 does not find {top}: {why}; the reason stands in that server's log"
    );
    let condition = Condition::new(format!("UPPER reads {top}"), Standing::Fails, seen);
    let lines = clusters.missing();
    match (clusters.is_name_service(), lines.is_empty()) {
        (true, _) => condition.hint(ADD_LINES).lines(lines),
        (false, true) => condition.hint(format!(
            "BL-HIVE-006: {authority} needs no name service: open the way from UPPER's servers to \
             LOWER's NameNodes and DataNodes"
        )),
        (false, false) => condition
            .hint(
                "BL-HIVE-006: open the way to LOWER's NameNodes and DataNodes; with Kerberos also",
            )
            .lines(lines),
    }
}

/// Lists and reads below one place, table by table until there is a file.
fn read(
    about: &str,
    root: &Root,
    server: &mut Server,
    reader: &str,
    presence: &Presence,
) -> Condition {
    let (mut missing, mut looked) = (Vec::new(), Looked::default());
    for specimen in &root.specimens {
        let location = specimen.to_string();
        match read_one(&location, &mut |command: &str| server.lines(command, MOST_LINES)) {
            Ok(Reading::File(file)) => {
                let seen = format!("{} tables; {reader} lists, and read {file}", root.tables);
                return Condition::new(about, Standing::Holds, seen);
            }
            Ok(Reading::Empty) => looked.empty += 1,
            Ok(Reading::Unsure) => looked.unsure += 1,
            Err(error) if is_restricted(&error) => {
                let seen = format!("it cannot be proved: {}", chain(&error));
                return Condition::new(about, Standing::Unproved, seen).hint(RESTRICTED);
            }
            Err(error) => match presence.of(&location) {
                Ok(Found::Missing) => missing.push(location),
                there => return denied(about, &location, &error, there.is_ok(), reader),
            },
        }
    }
    empty(about, root, looked, &missing, reader)
}

fn denied(
    about: &str,
    location: &str,
    error: &HiveError,
    is_there: bool,
    reader: &str,
) -> Condition {
    let there = if is_there { "which is there" } else { "which we cannot see either" };
    let seen = format!("{reader} cannot list or read {location}, {there}: {}", chain(error));
    Condition::new(about, Standing::Fails, seen).hint(
        "give that user read and execute on LOWER (an ACL or a group); with doAs, LOWER must also \
         let UPPER's Hive act for others (hadoop.proxyuser); the reason stands in the log of \
         UPPER's HiveServer2",
    )
}

/// Tables that were listed, and had no file that could be read.
#[derive(Debug, Clone, Copy, Default)]
struct Looked {
    empty: u64,
    unsure: u64,
}

/// There was nothing to read.
fn empty(about: &str, root: &Root, looked: Looked, missing: &[String], reader: &str) -> Condition {
    let number = looked.empty + looked.unsure;
    if number == 0 {
        let first = missing.first().map_or("", String::as_str);
        let seen = format!("there is nothing to read: {first} is missing on LOWER");
        return Condition::new(about, Standing::Told, seen)
            .hint("tables without a directory are reported and left out by the run");
    }
    if looked.empty == root.tables {
        let seen = format!("{reader} lists all {number} tables; there is no file in them");
        return Condition::new(about, Standing::Holds, seen);
    }
    let seen = format!("{reader} lists it; no file that could be read in {number} tables");
    Condition::new(about, Standing::Told, seen)
}

/// Whether the server refuses the command as such.
pub(super) fn is_restricted(error: &HiveError) -> bool {
    let Some(server) = error.server() else { return false };
    let message = server.message.to_ascii_lowercase();
    message.contains("insufficient privileges to execute") || message.contains("for operation dfs")
}
