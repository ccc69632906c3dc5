//! Duplications, as meta servers answer about them.

use std::collections::BTreeMap;

use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::ErrorCode;
use tokio::time::Instant;

use super::Shared;
use super::duplication::{Duplication, Ship};
use super::world::Table;

pub(super) fn add(
    shared: &Shared,
    err: ErrorCode,
    asked: AddDuplicationRequest,
) -> AddDuplicationResponse {
    let is_new = shared.settings.is_new();
    let mut answer = AddDuplicationResponse {
        err,
        appid: 0,
        dupid: 0,
        hint: Some(String::new()),
        remote_app_name: None,
        remote_replica_count: None,
    };
    if !answer.err.is_ok() {
        return answer;
    }
    let has_checkpoint = asked.is_duplicating_checkpoint.unwrap_or(true);
    let is_known = shared.remotes().contains_key(&asked.remote_cluster_name);
    let mut world = shared.world();
    let dupid = i32::try_from(world.unix_seconds()).unwrap_or(i32::MAX);
    let app_name = asked.app_name.clone();
    let refused = match world.table_mut(&app_name) {
        None => "ERR_APP_NOT_EXIST",
        Some(_) if !is_known => "ERR_INVALID_PARAMETERS",
        Some(table) => match (table.existing(&asked.remote_cluster_name), is_new) {
            (Some((_, DuplicationStatus::Log)), true) if has_checkpoint => "ERR_INVALID_PARAMETERS",
            (Some((dupid, _)), true) => {
                answer.dupid = dupid;
                "ERR_DUP_EXIST"
            }
            // It says yes, and gives no id.
            (Some(_), false) => "ERR_OK",
            (None, _) => {
                answer.appid = table.info.app_id;
                answer.dupid = dupid;
                begin(table, asked, dupid, is_new);
                shared.news.notify_one();
                answer.remote_app_name = is_new.then(|| app_name.clone());
                answer.remote_replica_count = is_new.then_some(table.info.max_replica_count);
                "ERR_OK"
            }
        },
    };
    answer.err = refused.into();
    answer
}

fn begin(table: &mut Table, asked: AddDuplicationRequest, dupid: i32, is_new: bool) {
    let has_checkpoint = asked.is_duplicating_checkpoint.unwrap_or(true);
    let remote_table = asked.remote_app_name.unwrap_or(asked.app_name);
    let count = table.info.max_replica_count;
    let entry = DuplicationEntry {
        dupid,
        status: match has_checkpoint {
            true => DuplicationStatus::Prepare,
            false => DuplicationStatus::Log,
        },
        remote: asked.remote_cluster_name,
        create_ts: i64::from(dupid) * 1000,
        progress: None,
        fail_mode: Some(FailMode::Slow),
        remote_app_name: is_new.then(|| remote_table.clone()),
        remote_replica_count: is_new.then(|| asked.remote_replica_count.unwrap_or(count)),
        duplication_mode: None,
        partition_states: None,
    };
    let ships = table.partitions.iter().map(|_| Ship::new()).collect();
    let duplication = Duplication { entry, remote_table, since: Instant::now(), ships };
    table.duplications.insert(dupid, duplication);
}

impl Table {
    /// The duplication to a cluster.
    fn existing(&self, remote: &str) -> Option<(i32, DuplicationStatus)> {
        let mut all = self.duplications.values().map(|duplication| &duplication.entry);
        all.find(|entry| entry.remote == remote).map(|entry| (entry.dupid, entry.status))
    }
}

pub(super) fn query(
    shared: &Shared,
    err: ErrorCode,
    asked: QueryDuplicationRequest,
) -> QueryDuplicationResponse {
    let world = shared.world();
    let nothing = |err| QueryDuplicationResponse { err, appid: 0, entry_list: Vec::new() };
    match world.table(&asked.app_name) {
        _ if !err.is_ok() => nothing(err),
        None => nothing("ERR_APP_NOT_EXIST".into()),
        Some(table) => {
            let entry_list = entries(shared, table).into_values().collect();
            QueryDuplicationResponse { err, appid: table.info.app_id, entry_list }
        }
    }
}

/// With progress from 2.6 on only. It always looks complete, as the real one does while
/// nothing moves.
fn entries(shared: &Shared, table: &Table) -> BTreeMap<i32, DuplicationEntry> {
    let entries = table.duplications.iter().map(|(dupid, duplication)| {
        let states = duplication.ships.iter().zip(0..).map(|(ship, index)| {
            let decree = ship.persisted;
            let state = PartitionState { confirmed_decree: decree, last_committed_decree: decree };
            (index, state)
        });
        let mut entry = duplication.entry.clone();
        let is_new = shared.settings.is_new();
        entry.partition_states = is_new.then(|| states.collect());
        (*dupid, entry)
    });
    entries.collect()
}

pub(super) fn modify(
    shared: &Shared,
    err: ErrorCode,
    asked: ModifyDuplicationRequest,
) -> ModifyDuplicationResponse {
    let mut world = shared.world();
    let answer = |err: &str, appid| ModifyDuplicationResponse { err: err.into(), appid };
    if !err.is_ok() {
        return answer(&err.0, 0);
    }
    if let Some(left) = world.busy.checked_sub(1) {
        world.busy = left;
        return answer("ERR_BUSY", 0);
    }
    let Some(table) = world.table_mut(&asked.app_name) else {
        return answer("ERR_APP_NOT_EXIST", 0);
    };
    let Some(duplication) = table.duplications.get_mut(&asked.dupid) else {
        return answer("ERR_OBJECT_NOT_FOUND", 0);
    };
    let appid = table.info.app_id;
    if let Some(mode) = asked.fail_mode {
        duplication.entry.fail_mode = Some(mode);
    }
    match asked.status {
        None => {}
        Some(DuplicationStatus::Removed) => drop(table.duplications.remove(&asked.dupid)),
        Some(status @ (DuplicationStatus::Pause | DuplicationStatus::Log)) => {
            duplication.entry.status = status;
            duplication.since = Instant::now();
        }
        Some(_) => return answer("ERR_INVALID_PARAMETERS", 0),
    }
    answer("ERR_OK", appid)
}

pub(super) fn list(
    shared: &Shared,
    err: ErrorCode,
    asked: ListDuplicationRequest,
) -> ListDuplicationResponse {
    let world = shared.world();
    let matches = |table: &&Table| match asked.match_type {
        MatchType::Exact => table.info.app_name == asked.app_name_pattern,
        MatchType::Prefix => table.info.app_name.starts_with(&asked.app_name_pattern),
        _ => true,
    };
    let err = match asked.match_type {
        MatchType::Invalid if err.is_ok() => "ERR_NOT_IMPLEMENTED".into(),
        _ => err,
    };
    let tables = world.tables.values().filter(|_| err.is_ok()).filter(matches).map(|table| {
        let duplications = AppDuplications {
            appid: table.info.app_id,
            duplications: entries(shared, table),
            app_name: table.info.app_name.clone(),
            partition_count: table.info.partition_count,
        };
        (table.info.app_name.clone(), duplications)
    });
    let app_states = tables.collect();
    ListDuplicationResponse { err, hint_message: String::new(), app_states }
}
