//! Duplications that go on: from one status to the next, and mutation by mutation.

use boatlift_clients::pegasus::structs::{CreateAppOptions, DuplicationStatus};
use tokio::sync::oneshot::{Receiver, error::TryRecvError};
use tokio::time::Instant;

use super::Shared;
use super::listen::Answer;
use super::partition::{Changes, Mutation, Origin};
use super::world::Table;

/// How soon there may be more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Something is due or under way.
    Busy,
    /// There are duplications.
    Idle,
    /// There is none.
    Asleep,
}

/// Takes every duplication of a cluster as far as it comes by now.
pub(super) fn go_on(shared: &Shared) -> Pace {
    let duplications: Vec<(i32, i32)> = {
        let world = shared.world();
        let all = world.tables.iter();
        let ids = all.flat_map(|(app, table)| table.duplications.keys().map(|id| (*app, *id)));
        ids.collect()
    };
    for (app_id, dupid) in duplications {
        let remote = {
            let world = shared.world();
            let duplication = &world.tables[&app_id].duplications[&dupid];
            shared.remote(&duplication.entry.remote)
        };
        if let Some(remote) = remote {
            step(shared, &remote, app_id, dupid);
        }
    }
    pace(shared)
}

fn pace(shared: &Shared) -> Pace {
    let world = shared.world();
    let mut pace = Pace::Asleep;
    for table in world.tables.values() {
        for duplication in table.duplications.values() {
            let mut ships = duplication.ships.iter().zip(&table.partitions);
            let is_busy = ships.any(|(ship, partition)| {
                let newest = partition.newest_to_ship(&shared.settings);
                ship.under_way.is_some() || (ship.server.is_some() && ship.shipped < newest)
            });
            match is_busy {
                true => return Pace::Busy,
                false => pace = Pace::Idle,
            }
        }
    }
    pace
}

fn step(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32) {
    let (status, since, has_checkpoints) = {
        let world = shared.world();
        let duplication = &world.tables[&app_id].duplications[&dupid];
        let has_checkpoints = duplication.ships.iter().all(|ship| ship.checkpoint.is_some());
        (duplication.entry.status, duplication.since, has_checkpoints)
    };
    let settings = &shared.settings;
    let next = match status {
        DuplicationStatus::Prepare if since.elapsed() >= settings.prepare && has_checkpoints => {
            make_follower(shared, remote, app_id, dupid).then_some(DuplicationStatus::App)
        }
        DuplicationStatus::App if since.elapsed() >= settings.copy => {
            copy(shared, remote, app_id, dupid).then_some(DuplicationStatus::Log)
        }
        DuplicationStatus::Log | DuplicationStatus::Pause => {
            let count = shared.world().tables[&app_id].partitions.len();
            (0..count).for_each(|index| ship(shared, remote, app_id, dupid, index));
            None
        }
        _ => None,
    };
    if let Some(next) = next {
        turn(shared, app_id, dupid, next);
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

/// Makes the table on the other cluster, with all variables of this one. False where there is
/// one of that name, or too few servers for its copies: the duplication prepares for ever.
fn make_follower(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32) -> bool {
    let is_new = shared.settings.is_new();
    let (name, options) = {
        let world = shared.world();
        let table = &world.tables[&app_id];
        let entry = &table.duplications[&dupid];
        let mut envs = table.info.envs.clone();
        let metas: Vec<_> = shared.metas.iter().map(|port| shared.meta_name(*port)).collect();
        envs.insert("duplication.master_cluster".to_owned(), shared.settings.name.clone());
        envs.insert("duplication.master_metas".to_owned(), metas.join(","));
        if is_new {
            let own = table.info.app_name.clone();
            envs.insert("duplication.master_app_name".to_owned(), own);
            envs.insert("duplication.follower_app_status".to_owned(), "created".to_owned());
        }
        let replica_count =
            entry.entry.remote_replica_count.unwrap_or(table.info.max_replica_count);
        let options = CreateAppOptions {
            partition_count: table.info.partition_count,
            replica_count,
            success_if_exist: false,
            app_type: "pegasus".to_owned(),
            is_stateful: true,
            envs,
            atomic_idempotent: None,
        };
        (entry.remote_table.clone(), options)
    };
    let mut world = remote.world();
    let has_room = usize::try_from(options.replica_count).is_ok_and(|c| c <= world.replicas.len());
    let is_made = has_room && world.table(&name).is_none();
    if is_made {
        world.create(&name, &options, &remote.settings);
    }
    is_made
}

/// Brings the checkpoints over. False where a follower of 2.5 has one replica of each partition:
/// it waits for a secondary for ever.
fn copy(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32) -> bool {
    let (name, checkpoints) = {
        let mut world = shared.world();
        let table = world.tables.get_mut(&app_id).expect("the table is there");
        if !shared.settings.is_new() && table.info.max_replica_count < 2 {
            return false;
        }
        let duplication = table.duplications.get_mut(&dupid).expect("the duplication is there");
        let ships = duplication.ships.iter_mut();
        let checkpoints: Vec<_> = ships.map(|ship| ship.checkpoint.take()).collect();
        (duplication.remote_table.clone(), checkpoints)
    };
    let mut world = remote.world();
    let Some(table) = world.table_mut(&name) else { return false };
    for (partition, rows) in table.partitions.iter_mut().zip(checkpoints) {
        partition.rows.extend(rows.unwrap_or_default());
        partition.prepared += 1;
        partition.committed += 1;
    }
    true
}

/// Ships what is due of a partition, and hears what became of what was shipped.
fn ship(shared: &Shared, remote: &Shared, app_id: i32, dupid: i32, index: usize) {
    let (name, due) = {
        let mut world = shared.world();
        let world = &mut *world;
        let table = world.tables.get_mut(&app_id).expect("the table is there");
        let primary = table.partitions[index].primary();
        let heard = primary.map(|primary| &world.replicas[primary]);
        let heard = heard.and_then(|replica| replica.duplications.get(&(app_id, dupid)));
        let is_on = heard == Some(&DuplicationStatus::Log);
        let Some(duplication) = table.duplications.get_mut(&dupid) else { return };
        let ship = &mut duplication.ships[index];
        if let Some((last, answer)) = &mut ship.under_way {
            match answer.try_recv() {
                Ok(_) => ship.shipped = *last,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Closed) => {
                    ship.not_before = Instant::now() + shared.settings.ship_retry;
                }
            }
            ship.under_way = None;
        }
        if !is_on || ship.server != primary || ship.not_before > Instant::now() {
            return;
        }
        (duplication.remote_table.clone(), due(shared, table, dupid, index))
    };
    let Some(newest) = due.last() else { return };
    let (last, is_lost) = (newest.decree, newest.origin == Origin::Shipped);
    let answer = if is_lost { None } else { apply(remote, &name, index, due) };
    let mut world = shared.world();
    let table = world.tables.get_mut(&app_id).expect("the table is there");
    let Some(duplication) = table.duplications.get_mut(&dupid) else { return };
    let ship = &mut duplication.ships[index];
    match answer {
        // What came from another cluster goes on to nobody; as the last of a batch it takes those
        // before it along (upstream's 2284).
        None if is_lost => ship.shipped = last,
        Some(answer) => ship.under_way = Some((last, answer)),
        None => ship.not_before = Instant::now() + shared.settings.ship_retry,
    }
}

/// What of a partition is due, in order.
fn due(shared: &Shared, table: &Table, dupid: i32, index: usize) -> Vec<Mutation> {
    let partition = &table.partitions[index];
    let newest = partition.newest_to_ship(&shared.settings);
    let shipped = table.duplications[&dupid].ships[index].shipped;
    let delay = shared.settings.ship_delay;
    let unshipped = partition.log.iter().filter(|mutation| mutation.decree > shipped);
    let due = unshipped
        .take_while(|mutation| mutation.decree <= newest && mutation.at.elapsed() >= delay);
    due.cloned().collect()
}

/// Sends mutations to the other cluster; none where its primary is away, or denies writes,
/// these too.
fn apply(
    remote: &Shared,
    name: &str,
    index: usize,
    mutations: Vec<Mutation>,
) -> Option<Receiver<Answer>> {
    let mut world = remote.world();
    let world = &mut *world;
    let app_id = world.table(name)?.info.app_id;
    let partition = &mut world.tables.get_mut(&app_id)?.partitions[index];
    let primary = &world.replicas[partition.primary()?];
    let denied = primary.believed.get(&app_id)?.envs.get("replica.deny_client_request");
    let is_denied = denied.is_some_and(|denied| !denied.ends_with("*read"));
    if is_denied || !primary.is_well() {
        return None;
    }
    let own = mutations.into_iter().filter(|mutation| mutation.origin == Origin::Here);
    let changes: Changes = own.flat_map(|mutation| mutation.changes).collect();
    let operation = Box::new(|_: &_, _| (changes, Answer::Silence));
    remote.news.notify_one();
    Some(partition.accept_from(Origin::Shipped, operation, &remote.settings, &mut world.dice))
}
