//! What on UPPER still points at LOWER: a handover would leave its rows where writes are
//! refused, or on a cluster that is to go. It only reads.

use crate::catalog::{
    Catalogue, Describe, Object, Order, Reader, Unchanged, Walk, Walked, location,
};
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
        translator,
        functions: false,
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

fn is_on_lower(describe: &Describe, object: &Object) -> bool {
    let at = match object {
        Object::Table(table) => location(&**table),
        Object::Partition(_, partition) => location(&**partition),
        Object::Database(_) | Object::Function(_) => None,
    };
    let locations = describe.translator.locations();
    at.is_some_and(|at| locations.side_of(Side::Upper, at) == Some(Side::Lower))
}
