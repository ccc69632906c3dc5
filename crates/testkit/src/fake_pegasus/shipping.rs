//! What happens by itself: config syncs, empty mutations, and duplications that go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use boatlift_clients::pegasus::structs::{CreateAppOptions, DuplicationStatus};
use tokio::time::{Instant, sleep};

use super::world::{Believed, Mutation, Row, Table};
use super::{Shared, Version};

/// Between two looks at what is to be shipped.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Config syncs of one server, at a phase of its own.
pub(super) async fn sync_config(shared: Arc<Shared>, server: usize) {
    let first = shared.settings.config_sync;
    let share = u32::try_from(server + 1).unwrap_or(1);
    sleep(first * share / u32::try_from(shared.replicas.len() + 1).unwrap_or(1)).await;
    loop {
        let every = {
            let mut world = shared.world();
            world.sync(server);
            shared.config_sync_of(&world.replicas[server])
        };
        sleep(every).await;
    }
}

/// Empty mutations of the partitions of duplicated tables.
pub(super) async fn check_groups(shared: Arc<Shared>) {
    loop {
        sleep(shared.settings.group_check).await;
        let mut world = shared.world();
        for table in world.tables.values_mut().filter(|table| !table.duplications.is_empty()) {
            for partition in &mut table.partitions {
                partition.commit(Vec::new(), true);
            }
        }
    }
}

/// Takes duplications from one status to the next and ships what is due.
pub(super) async fn ship(shared: Arc<Shared>) {
    loop {
        sleep(LOOK_EVERY).await;
        let duplications: Vec<(i32, i32)> = {
            let world = shared.world();
            let all = world.tables.iter();
            let ids = all.flat_map(|(app, table)| table.duplications.keys().map(|id| (*app, *id)));
            ids.collect()
        };
        for (app_id, dupid) in duplications {
            step(&shared, app_id, dupid);
        }
    }
}

fn step(shared: &Shared, app_id: i32, dupid: i32) {
    let (status, since, is_learned, remote, remote_table) = {
        let world = shared.world();
        let table = &world.tables[&app_id];
        let Some(duplication) = table.duplications.get(&dupid) else { return };
        let entry = &duplication.entry;
        let remote = shared.remotes().get(&entry.remote).and_then(std::sync::Weak::upgrade);
        let remote_table = duplication.remote_table.clone();
        (entry.status, duplication.since, duplication.is_learned, remote, remote_table)
    };
    let Some(remote) = remote else { return };
    let settings = &shared.settings;
    match status {
        DuplicationStatus::Prepare if since.elapsed() >= settings.prepare => {
            // It prepares for ever where there is a table of that name.
            let is_made = make_follower(shared, &remote, app_id, &remote_table);
            let next = if is_made { DuplicationStatus::App } else { status };
            turn(shared, app_id, dupid, next);
        }
        DuplicationStatus::App if since.elapsed() >= settings.copy => {
            copy(shared, &remote, app_id, dupid, &remote_table);
            turn(shared, app_id, dupid, DuplicationStatus::Log);
        }
        DuplicationStatus::Log if !is_learned && since.elapsed() >= settings.prepare => {
            learn(shared, app_id, dupid);
        }
        DuplicationStatus::Log if !is_learned => {}
        DuplicationStatus::Log => ship_due(shared, &remote, app_id, dupid, &remote_table),
        _ => {}
    }
}

fn turn(shared: &Shared, app_id: i32, dupid: i32, status: DuplicationStatus) {
    let mut world = shared.world();
    let table = world.tables.get_mut(&app_id).expect("the table is there");
    if let Some(duplication) = table.duplications.get_mut(&dupid) {
        duplication.entry.status = status;
        duplication.since = Instant::now();
    }
}

/// Makes the table on the other cluster, with all variables of this one; false where there
/// is one of that name, which keeps the duplication preparing for ever.
fn make_follower(shared: &Shared, remote: &Shared, app_id: i32, name: &str) -> bool {
    let (mut envs, partition_count, replica_count) = {
        let world = shared.world();
        let info = &world.tables[&app_id].info;
        (info.envs.clone(), info.partition_count, info.max_replica_count)
    };
    let metas: Vec<_> = shared.metas.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let own = shared.settings.name.clone();
    envs.insert("duplication.master_cluster".to_owned(), own);
    envs.insert("duplication.master_metas".to_owned(), metas.join(","));
    let options = CreateAppOptions {
        partition_count,
        replica_count,
        success_if_exist: false,
        app_type: "pegasus".to_owned(),
        is_stateful: true,
        envs,
        atomic_idempotent: None,
    };
    let mut world = remote.world();
    let is_free = world.table(name).is_none();
    if is_free {
        world.create(name, &options);
    }
    is_free
}

/// The primaries hear of a duplication: what came before is not shipped. Gives the records of
/// that moment.
fn learn(shared: &Shared, app_id: i32, dupid: i32) -> Vec<BTreeMap<Vec<u8>, Row>> {
    let mut world = shared.world();
    let table = world.tables.get_mut(&app_id).expect("the table is there");
    let Some(duplication) = table.duplications.get_mut(&dupid) else { return Vec::new() };
    duplication.is_learned = true;
    duplication.shipped = table.partitions.iter().map(|partition| partition.decree).collect();
    table.partitions.iter_mut().for_each(|partition| partition.log.clear());
    table.partitions.iter().map(|partition| partition.rows.clone()).collect()
}

/// Brings the checkpoint over.
fn copy(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32, name: &str) {
    let copies = learn(shared, app_id, dupid);
    let mut world = remote.world();
    let Some(table) = world.table_mut(name) else { return };
    for (partition, rows) in table.partitions.iter_mut().zip(copies) {
        let changes = rows.into_iter().map(|(key, row)| (key, Some(row)));
        partition.commit(changes.collect(), false);
    }
}

fn ship_due(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32, name: &str) {
    let count = shared.world().tables[&app_id].partitions.len();
    for index in 0..count {
        let due = due(shared, &shared.world().tables[&app_id], dupid, index);
        let Some(last) = due.last().map(|mutation| mutation.decree) else { continue };
        if !apply(remote, name, index, due) {
            continue;
        }
        let mut world = shared.world();
        let table = world.tables.get_mut(&app_id).expect("the table is there");
        table.partitions[index].log.retain(|mutation| mutation.decree > last);
        if let Some(duplication) = table.duplications.get_mut(&dupid) {
            duplication.shipped[index] = last;
        }
    }
}

/// What of a partition is due, in order.
fn due(shared: &Shared, table: &Table, dupid: i32, index: usize) -> Vec<Mutation> {
    let partition = &table.partitions[index];
    let keeps_newest = shared.settings.version == Version::V2_5 || partition.is_stuck;
    let newest = partition.decree - i64::from(keeps_newest);
    let Some(duplication) = table.duplications.get(&dupid) else { return Vec::new() };
    let shipped = duplication.shipped[index];
    let delay = shared.settings.ship_delay;
    let unshipped = partition.log.iter().filter(|mutation| mutation.decree > shipped);
    let due = unshipped
        .take_while(|mutation| mutation.decree <= newest && mutation.at.elapsed() >= delay);
    due.cloned().collect()
}

/// Applies mutations on the other cluster; false when its primary denies writes, these too.
fn apply(remote: &Shared, name: &str, index: usize, mutations: Vec<Mutation>) -> bool {
    let mut world = remote.world();
    let Some(table) = world.table(name) else { return false };
    let (app_id, primary) = (table.info.app_id, table.partitions[index].members[0]);
    if world.replicas[primary].believed.get(&app_id).is_some_and(denies_writes) {
        return false;
    }
    let table = world.table_mut(name).expect("the table is there");
    for mutation in mutations {
        table.partitions[index].commit(mutation.changes, false);
    }
    true
}

fn denies_writes(believed: &Believed) -> bool {
    let denied = believed.envs.get("replica.deny_client_request");
    denied.is_some_and(|denied| !denied.ends_with("*read"))
}
