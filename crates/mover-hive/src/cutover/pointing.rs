//! What on UPPER still points at LOWER, by its location, its properties or its archives: a
//! handover would leave its rows where writes are refused, or on a cluster that is to go. It only
//! reads.

use crate::catalog::{
    Catalogue, Describe, Object, Order, Reader, Unchanged, Walk, Walked, location,
};
use boatlift_clients::metastore::Stored;
use boatlift_core::error::Result;
use boatlift_core::saga::Condition;
use boatlift_core::side::Side;
use std::sync::Arc;

/// How many are named.
const NAMED: usize = 5;

/// Whether every table and partition of UPPER in scope has left LOWER's storage.
pub(super) fn condition(upper: &Arc<Catalogue>, describe: &Arc<Describe>) -> Result<Condition> {
    let found = look(upper, describe)?;
    let all = found.len();
    Ok(Condition {
        what: "every table's files are on UPPER".to_owned(),
        holds: all == 0,
        seen: match all {
            0 => "no table or partition of UPPER points at LOWER".to_owned(),
            _ => format!(
                "{all} on UPPER point at LOWER, or cannot be read: {}{}",
                found[..all.min(NAMED)].join(", "),
                if all > NAMED { ", ..." } else { "" }
            ),
        },
    })
}

fn look(upper: &Arc<Catalogue>, describe: &Arc<Describe>) -> Result<Vec<String>> {
    let translator = Arc::clone(&describe.translator);
    let reader = Reader {
        catalogue: Arc::clone(upper),
        wave: None,
        functions: translator.config().carry.functions,
        translator,
        unchanged: Unchanged::default(),
        order: Order::Keys,
    };
    let mut walk = Walk::new(Arc::new(reader))?;
    let mut found = Vec::new();
    while let Some(walked) = walk.next()? {
        match walked {
            Walked::Object(key, object) if is_on_lower(describe, &object) => {
                found.push(key.to_string());
            }
            Walked::Hole(hole) => found.push(hole.under.to_string()),
            Walked::Object(..) | Walked::AsAgreed(..) => {}
        }
    }
    Ok(found)
}

/// Whether an object's location, a file that its properties name, or a function's archive lies on
/// LOWER.
fn is_on_lower(describe: &Describe, object: &Object) -> bool {
    let locations = describe.translator.locations();
    let is_there = |at: &str| locations.side_of(Side::Upper, at) == Some(Side::Lower);
    let names = |pair: (&str, &str)| locations.holds_location(pair.0, pair.1) && is_there(pair.1);
    match object {
        Object::Table(table) => {
            points(&**table, &is_there, &names) || table.parameters().any(names)
        }
        Object::Partition(_, partition) => {
            points(&**partition, &is_there, &names) || partition.parameters().any(names)
        }
        Object::Function(function) => function.resources().into_iter().any(is_there),
        Object::Database(_) => false,
    }
}

fn points(
    stored: &impl Stored,
    is_there: &dyn Fn(&str) -> bool,
    names: &dyn Fn((&str, &str)) -> bool,
) -> bool {
    let storage = stored.storage_parameters();
    let mut named = stored.serde_parameters().into_iter().chain(storage);
    location(stored).is_some_and(is_there) || named.any(names)
}
