//! Copies of tables that cannot be duplicated: rows are read on LOWER and written on UPPER by
//! ourselves.
//!
//! A copy that is made while clients write holds no moment: rows are read one after the other, and
//! nothing tells of a row that was removed. So nothing of it is believed. Behind the fence all rows
//! of both sides are compared once more, and what differs is written, until nothing does: only
//! that is the proof.

mod classes;
mod frozen;
mod kept;
mod lane;
mod reconcile;
mod rows;
mod target;
mod writer;

pub(crate) use frozen::{foreseen, prove};
pub(crate) use lane::CopyLane;

use crate::inventory::Shared;
use crate::plan::About;
use crate::positions;
use crate::{failures::failed, preflight};
use boatlift_core::error::Result;
use boatlift_core::saga::Condition;
use boatlift_core::side::Side;
use kept::Kept;
use std::collections::BTreeMap;

/// What one side has, by keys, each with what tells its version: a table, and its classes.
///
/// LOWER's classes change with every decree; UPPER has a class as it was copied last.
pub(crate) async fn items(shared: &Shared, side: Side) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut items = BTreeMap::new();
    let lower = &shared.clusters.lower;
    let name = lower.name().await?;
    for table in &shared.config.tables {
        let app = lower.table_there(table).await?;
        let classes = target::classes(shared, &app);
        let version = format!("{name}/{}/{}", app.app_id, app.partition_count);
        let about = |class: Option<u32>| About { table, partition: class }.key();
        match side {
            Side::Lower => {
                let decrees = positions::of_primaries(lower, app.app_id).await;
                let decrees = decrees.map_err(failed("cannot ask how far partitions are"))?;
                items.insert(about(None), version.clone().into_bytes());
                for class in 0..classes.count() {
                    let of_class = classes.of_lower(class).filter_map(|at| decrees.get(&at));
                    let decree: i64 = of_class.map(|position| position.committed).sum();
                    items.insert(about(Some(class)), format!("{version}@{decree}").into_bytes());
                }
            }
            Side::Upper => {
                let Some(ours) = target::ours(shared, table).await? else { continue };
                let kept = Kept::of(shared.state.as_deref(), table);
                items.insert(about(None), version.into_bytes());
                for class in 0..classes.count() {
                    let copied = kept.progress(class, &ours)?.copied;
                    items.extend(copied.map(|version| (about(Some(class)), version)));
                }
            }
        }
    }
    Ok(items)
}

/// What must hold before the tables of a move are copied, and what has to be known.
///
/// # Errors
/// When a cluster does not answer, or has no such table.
pub(crate) async fn conditions(shared: &Shared) -> Result<Vec<Condition>> {
    let mut all = vec![preflight::two_clusters(shared).await?, limits(shared)];
    for table in &shared.config.tables {
        all.extend(target::conditions(shared, table).await?);
    }
    Ok(all)
}

/// What a copy cannot do.
fn limits(shared: &Shared) -> Condition {
    Condition {
        what: "what a copy cannot do is known".to_owned(),
        holds: true,
        seen: format!(
            "it does not follow LOWER: the cutover refuses writes while every row of both sides is \
             read and compared and what differs is written, for {} at most; what is written on UPPER \
             before that is removed; there is no way back",
            shared.config.copy.max_freeze
        ),
    }
}
