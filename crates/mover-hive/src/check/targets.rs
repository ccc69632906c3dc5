//! Whether we ourselves reach both file systems, and may write where files will go.
//!
//! Writing is proved by a name of our own that is made and removed in the nearest directory
//! that is there already; no directory is made.

use super::condition::{Condition, Standing};
use super::roots::{Roots, above};
use crate::config::{HiveConfig, Stage};
use crate::locations::{Locations, Place};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Side;
use boatlift_core::store::{Opener, RootFacts};
use std::collections::{BTreeMap, BTreeSet};

/// What is said of a folder that is missing in a bucket whose top is not ours to see.
const UNSEEN: &str = "no such folder yet, and we may not look above it: the first run makes it";
/// Directories that are tried: beyond, the first ones stand for the others.
const MOST_TARGETS: usize = 20;

/// Whether we reach a side's file system. A directory that its namespace names may be missing.
pub(super) fn reach(side: Side, locations: &Locations, stores: &dyn Opener) -> Condition {
    let about = format!("we read the file system of {side}");
    let top = locations.top(side);
    let looked = match folder(side, locations).filter(|_| top.is_in_bucket()) {
        Some(folder) => look_into(&folder, stores),
        None => stores.open(&top.to_string()).and_then(|store| store.facts()).map(described),
    };
    match looked {
        Ok(seen) => Condition::new(about, Standing::Holds, seen),
        Err(error) => {
            let hint = match (is_hung_up(&error), top.is_in_bucket()) {
                (_, true) => {
                    let side = side.to_string().to_lowercase();
                    format!("look at `namespace`, `s3.{side}` of the move file, and rights")
                }
                (true, _) => format!("if {side} has Kerberos, give `kerberos` of that side"),
                _ => "look at `namespace`, `hadoop-conf` and rights".to_owned(),
            };
            Condition::failed(about, &error).hint(hint)
        }
    }
}

/// The first folder of a side's namespace that a rule names: an account need not be let into the
/// rest of a bucket.
fn folder(side: Side, locations: &Locations) -> Option<Place> {
    let top = locations.top(side);
    let named = locations.rules().map(|rule| match side {
        Side::Lower => &rule.from,
        Side::Upper => &rule.to,
    });
    named
        .filter(|place| place.shares_file_system(top))
        .min_by_key(|place| place.path().len())
        .cloned()
}

/// Lists a folder of a bucket. One that is missing is read all the same: nothing is in it.
fn look_into(folder: &Place, stores: &dyn Opener) -> Result<String> {
    match stores.open(&folder.to_string()).and_then(|store| store.facts()) {
        Ok(facts) => Ok(described(facts)),
        Err(error) if error.code == Code::RootMissing => {
            Ok(format!("{folder}, with nothing in it"))
        }
        Err(error) => Err(error),
    }
}

/// A NameNode with Kerberos says so or closes the connection.
fn is_hung_up(error: &Error) -> bool {
    let words = ["SIMPLE authentication is not enabled", "RPC listener disconnected"];
    words.iter().any(|words| error.to_string().contains(words))
}

/// One condition for each directory of UPPER in which files or directories will be made.
pub(super) fn prove(
    config: &HiveConfig,
    locations: &Locations,
    roots: &Roots,
    stores: &dyn Opener,
) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut targets: BTreeMap<String, Place> = BTreeMap::new();
    for root in roots.iter() {
        match locations.to_upper(&root.place.to_string()) {
            Ok(target) => keep(&mut targets, locations, &target),
            Err(refused) => conditions.push(
                Condition::new(
                    "every place of LOWER has one on UPPER",
                    Standing::Fails,
                    refused.to_string(),
                )
                .hint("add or change a rule under `locations`"),
            ),
        }
    }
    for location in config.databases.locations.values() {
        keep(&mut targets, locations, location);
    }
    let mut tried = BTreeSet::new();
    for target in targets.values() {
        let about = format!("we may write {target}");
        match nearest(target, stores) {
            Err(error) => conditions.push(held(config, Condition::failed(about, &error))),
            Ok(None) => conditions.push(Condition::new(about, Standing::Told, UNSEEN)),
            Ok(Some(near)) if tried.len() < MOST_TARGETS && tried.insert(near.to_string()) => {
                conditions.push(held(config, write(&about, &near, stores)));
            }
            Ok(Some(_)) => {}
        }
    }
    conditions
}

fn keep(targets: &mut BTreeMap<String, Place>, locations: &Locations, target: &str) {
    if let Ok(place) = locations.place(Side::Upper, target) {
        targets.insert(place.canonical(), place);
    }
}

/// What is only needed by the storage stage does not hold up the metadata stage.
pub(super) fn held(config: &HiveConfig, condition: Condition) -> Condition {
    match (config.stage, condition.standing) {
        (Stage::Metadata, Standing::Fails) => Condition { standing: Standing::Told, ..condition }
            .hint("the storage stage will need it; the metadata stage writes no files"),
        _ => condition,
    }
}

/// The nearest directory that is there: the place itself, or one above it. `None` where an account
/// of a bucket may not look above a folder that is missing.
fn nearest(target: &Place, stores: &dyn Opener) -> Result<Option<Place>> {
    let mut place = target.clone();
    loop {
        match stores.open(&place.to_string()).and_then(|store| store.facts()) {
            Ok(_) => return Ok(Some(place)),
            Err(error) if is_denied(&error) && is_above_in_bucket(&place, target) => {
                return Ok(None);
            }
            Err(error) if error.code != Code::RootMissing || place.path() == "/" => {
                return Err(error);
            }
            Err(_) => place = above(&place),
        }
    }
}

fn is_denied(error: &Error) -> bool {
    matches!(error.code, Code::Denied | Code::RootUnreadable)
}

fn is_above_in_bucket(place: &Place, target: &Place) -> bool {
    place.is_in_bucket() && place.path() != target.path()
}

fn write(about: &str, near: &Place, stores: &dyn Opener) -> Condition {
    let proved = stores.open(&near.to_string()).and_then(|store| {
        store.prove_writable()?;
        store.facts()
    });
    match proved {
        Ok(facts) => {
            let seen = format!("made and removed a name in {near}{}", free(&facts));
            Condition::new(about, Standing::Holds, seen)
        }
        Err(error) => Condition::failed(about, &error).hint(match near.is_in_bucket() {
            true => "let the account of `s3.upper` put and delete objects there",
            false => "give the user of the move write and execute on that directory of UPPER",
        }),
    }
}

fn described(facts: RootFacts) -> String {
    format!("{} ({}){}", facts.resolved, facts.system, free(&facts))
}

fn free(facts: &RootFacts) -> String {
    match facts.free_bytes {
        Some(bytes) => format!(", {:.1} GiB free", bytes as f64 / f64::from(1 << 30)),
        None => String::new(),
    }
}
