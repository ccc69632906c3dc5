//! The table on UPPER that rows are copied into: made here, or taken while it is empty. One that
//! holds rows of somebody else's is never touched.

use super::classes::Classes;
use super::kept::{Kept, Ours};
use crate::duplication::{self, DENY};
use crate::failures::failed;
use crate::inventory::Shared;
use crate::preflight;
use boatlift_clients::pegasus::structs::AppInfo;
use boatlift_clients::pegasus::{NewTable, ScanFrom, ScanOptions};
use boatlift_core::error::{Code, Error, Result, Retry};
use boatlift_core::saga::Condition;
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Variables that are about LOWER's table alone: what feeds it, what it refuses, and orders that a
/// new table would carry out at once. Servers end themselves over a new table with `default_ttl`.
const LEFT_OUT: [&str; 4] = ["duplication.", DENY, "manual_compact.", "default_ttl"];
/// For how long a new table may be without a primary.
const SERVED_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How the rows of a table fall into classes, by what the move file asks of UPPER.
pub(super) fn classes(shared: &Shared, lower: &AppInfo) -> Classes {
    let wanted = partitions(shared, lower);
    let number = |count: i32| u32::try_from(count).unwrap_or(1);
    Classes::new(number(lower.partition_count), number(wanted))
}

fn partitions(shared: &Shared, lower: &AppInfo) -> i32 {
    shared.config.copy.upper_partitions.unwrap_or(lower.partition_count)
}

/// UPPER's table, where it is known to be ours.
pub(super) async fn ours(shared: &Shared, table: &str) -> Result<Option<Ours>> {
    let Some(kept) = Kept::of(shared.state.as_deref(), table).ours()? else { return Ok(None) };
    let Some(found) = shared.clusters.upper.table(table).await? else { return Ok(None) };
    Ok(Some(known_by(shared, &found).await?).filter(|found| *found == kept))
}

/// What a table on UPPER is known by, also after the cluster was built anew.
async fn known_by(shared: &Shared, app: &AppInfo) -> Result<Ours> {
    let cluster = shared.clusters.upper.name().await?;
    Ok(Ours { app_id: app.app_id, made: app.create_second, cluster })
}

/// Makes the table, or takes one that is empty, and waits until it is served.
pub(super) async fn make(shared: &Shared, table: &str) -> Result<()> {
    let (lower, upper) = (&shared.clusters.lower, &shared.clusters.upper);
    let app = lower.table_there(table).await?;
    if ours(shared, table).await?.is_none() {
        let found = match upper.table(table).await? {
            Some(found) => found,
            None => create(shared, &app).await?,
        };
        if let Some(why) = objection(shared, &app, &found).await? {
            return Err(Error::new(Code::PegasusForeign, "cannot copy into the table")
                .on(table)
                .because(why));
        }
        let ours = known_by(shared, &found).await?;
        Kept::of(shared.state.as_deref(), table).keep_ours(&ours)?;
    }
    wait_until_served(shared, table).await
}

async fn create(shared: &Shared, lower: &AppInfo) -> Result<AppInfo> {
    let copied = lower
        .envs
        .iter()
        .filter(|(key, _)| !LEFT_OUT.iter().any(|left_out| key.starts_with(left_out)));
    let envs: BTreeMap<String, String> =
        copied.map(|(key, value)| (key.clone(), value.clone())).collect();
    let new = NewTable {
        name: lower.app_name.clone(),
        partitions: partitions(shared, lower),
        replicas: shared.config.copy.upper_replicas.unwrap_or(lower.max_replica_count),
        envs,
    };
    tracing::info!(table = new.name, partitions = new.partitions, "making a table on UPPER");
    let made = shared.clusters.upper.meta.create_app(&new).await;
    made.map_err(failed("cannot make a table on UPPER"))?;
    shared.clusters.upper.table_there(&lower.app_name).await
}

async fn wait_until_served(shared: &Shared, name: &str) -> Result<()> {
    let begun = Instant::now();
    let table = shared.clusters.upper.open(name).await?;
    loop {
        let partitions = 0..table.partitions();
        let mut without = partitions.filter(|partition| table.primary(*partition).is_err());
        match without.next() {
            None => return Ok(()),
            Some(partition) if begun.elapsed() >= SERVED_WITHIN => {
                return Err(Error::new(Code::PegasusStuck, "a table on UPPER is not served:")
                    .on(name)
                    .because(format!("its partition {partition} has no primary"))
                    .retry(Retry::Later));
            }
            Some(_) => sleep(LOOK_EVERY).await,
        }
        table.refresh().await.map_err(failed("cannot look a table up"))?;
    }
}

/// Why UPPER's table is none to copy into; `None` if it is.
async fn objection(shared: &Shared, lower: &AppInfo, found: &AppInfo) -> Result<Option<String>> {
    let (wanted, has) = (partitions(shared, lower), found.partition_count);
    if wanted != has {
        return Ok(Some(format!(
            "it has {has} partitions on UPPER and not {wanted}: say `copy.upper-partitions: {has}`, \
             or drop it there"
        )));
    }
    if let Some((key, _)) = found.envs.iter().find(|(key, _)| key.starts_with("duplication.")) {
        return Ok(Some(format!("on UPPER it is fed from elsewhere: it has {key}")));
    }
    let is_ours = ours(shared, &found.app_name).await?.is_some();
    Ok(match is_ours || is_empty(shared, &found.app_name).await? {
        true => None,
        false => Some(format!(
            "UPPER has one, number {}, with rows that this move did not write: drop or rename it \
             there",
            found.app_id
        )),
    })
}

async fn is_empty(shared: &Shared, name: &str) -> Result<bool> {
    let table = Arc::new(shared.clusters.upper.open(name).await?);
    let cannot = failed("cannot look whether a table is empty");
    for partition in 0..table.partitions() {
        let options = ScanOptions { batch: 1, ..ScanOptions::default() };
        let mut scan = table.scan(partition, ScanFrom::Start, options).map_err(&cannot)?;
        while let Some(rows) = scan.next().await.map_err(&cannot)? {
            if !rows.is_empty() {
                scan.close().await.map_err(&cannot)?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What must hold before a table is copied.
pub(super) async fn conditions(shared: &Shared, table: &str) -> Result<Vec<Condition>> {
    let app = shared.clusters.lower.table_there(table).await?;
    let entry = duplication::find(&shared.clusters, table).await?;
    let found = shared.clusters.upper.table(table).await?;
    let why = match &found {
        Some(found) => objection(shared, &app, found).await?,
        None => None,
    };
    let ttl = app.envs.get("default_ttl");
    let mut all = vec![
        preflight::no_bulk_load(&app),
        preflight::not_fenced(&app, Side::Lower),
        Condition {
            what: format!("LOWER does not duplicate `{table}` to UPPER"),
            holds: entry.is_none(),
            seen: match entry {
                None => "it does not".to_owned(),
                Some(entry) => format!(
                    "it does, by its duplication {}: remove that, or say `mode: duplication`",
                    entry.dupid
                ),
            },
        },
        Condition {
            what: format!("rows of `{table}` keep their expiry on UPPER"),
            holds: ttl.is_none(),
            seen: match ttl {
                None => "it has no default_ttl".to_owned(),
                Some(value) => format!(
                    "it has default_ttl={value}, which would let rows expire on UPPER that have no \
                     expiry: delete it on LOWER, and set it on UPPER after the cutover"
                ),
            },
        },
        Condition {
            what: format!("`{table}` can be copied into UPPER's"),
            holds: why.is_none(),
            seen: why.unwrap_or_else(|| match &found {
                None => format!("it is made there, with {} partitions", partitions(shared, &app)),
                Some(_) => "it is this move's, or empty".to_owned(),
            }),
        },
    ];
    if let Some(found) = &found {
        all.push(preflight::not_fenced(found, Side::Upper));
    } else {
        let wanted = shared.config.copy.upper_replicas;
        all.push(preflight::room(&shared.clusters.upper, &app, wanted).await?);
    }
    Ok(all)
}
