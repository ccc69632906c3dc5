//! Meta servers: the leader answers, the others point elsewhere.

use std::sync::Arc;

use boatlift_clients::pegasus::rpc::{self, Rpc};
use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{Address, CodecError, ErrorCode, Gpid, Request};

use super::listen::{Answer, reply};
use super::meta_duplications as duplications;
use super::meta_tables as tables;
use super::world::Table;
use super::{Shared, Version};

/// Answers a call; `None` for one that this version does not have.
pub(super) fn answer(
    request: &Request<'_>,
    shared: &Arc<Shared>,
    meta: usize,
) -> Option<Result<Answer, CodecError>> {
    let err = match shared.world().leader == meta {
        true => ErrorCode::from("ERR_OK"),
        false => ErrorCode::from("ERR_FORWARD_TO_OTHERS"),
    };
    let is_new = shared.settings.is_new();
    Some(match request.name.as_str() {
        rpc::ClusterInfo::NAME => reply::<rpc::ClusterInfo>(request, |_| info(shared, err)),
        rpc::ListNodes::NAME => {
            reply::<rpc::ListNodes>(request, |asked| nodes(shared, err, asked.status))
        }
        rpc::ListApps::NAME => reply::<rpc::ListApps>(request, |asked| apps(shared, err, asked)),
        rpc::QueryConfig::NAME => {
            reply::<rpc::QueryConfig>(request, |asked| config(shared, err, asked))
        }
        rpc::CreateApp::NAME => {
            reply::<rpc::CreateApp>(request, |asked| tables::create(shared, err, asked))
        }
        rpc::DropApp::NAME => {
            reply::<rpc::DropApp>(request, |asked| tables::remove(shared, err, asked))
        }
        rpc::RecallApp::NAME => {
            reply::<rpc::RecallApp>(request, |asked| tables::recall(shared, err, asked))
        }
        rpc::RenameApp::NAME if shared.settings.version >= Version::V2_5 => {
            reply::<rpc::RenameApp>(request, |asked| tables::rename(shared, err, asked))
        }
        rpc::UpdateAppEnv::NAME => {
            reply::<rpc::UpdateAppEnv>(request, |asked| tables::update_envs(shared, err, asked))
        }
        rpc::QueryBackupStatus::NAME => {
            reply::<rpc::QueryBackupStatus>(request, |asked| backups(shared, err, asked.app_id))
        }
        rpc::ControlMeta::NAME => {
            reply::<rpc::ControlMeta>(request, |asked| control(shared, err, asked))
        }
        rpc::AddDuplication::NAME => {
            reply::<rpc::AddDuplication>(request, |asked| duplications::add(shared, err, asked))
        }
        rpc::QueryDuplication::NAME => {
            reply::<rpc::QueryDuplication>(request, |asked| duplications::query(shared, err, asked))
        }
        rpc::ModifyDuplication::NAME => reply::<rpc::ModifyDuplication>(request, |asked| {
            duplications::modify(shared, err, asked)
        }),
        rpc::ListDuplication::NAME if is_new => {
            reply::<rpc::ListDuplication>(request, |asked| duplications::list(shared, err, asked))
        }
        _ => return None,
    })
}

fn info(shared: &Shared, err: ErrorCode) -> ClusterInfoResponse {
    let world = shared.world();
    let named = |port: &u16| format!("127.0.0.1:{port}");
    let level = match world.level {
        MetaLevel::Lively => "lively",
        MetaLevel::Freezed => "freezed",
        _ => "steady",
    };
    let pairs = [
        ("meta_servers", shared.metas.iter().map(named).collect::<Vec<_>>().join(",")),
        ("primary_meta_server", named(&shared.metas[world.leader])),
        ("meta_function_level", level.to_owned()),
        ("cluster_name", shared.settings.name.clone()),
    ];
    let is_leader = err.is_ok();
    let pairs = pairs.into_iter().filter(|_| is_leader);
    let (keys, values) = pairs.map(|(key, value)| (key.to_owned(), value)).unzip();
    ClusterInfoResponse { err, keys, values }
}

fn nodes(shared: &Shared, err: ErrorCode, wanted: NodeStatus) -> ListNodesResponse {
    let world = shared.world();
    let infos = shared.replicas.iter().enumerate().map(|(server, port)| NodeInfo {
        status: match world.replicas[server].is_well() {
            true => NodeStatus::Alive,
            false => NodeStatus::Unalive,
        },
        node: shared.address(server),
        hp_node: shared.host_port(*port),
    });
    let is_asked = |node: &NodeInfo| wanted == NodeStatus::Invalid || wanted == node.status;
    let infos = infos.filter(|node| err.is_ok() && is_asked(node)).collect();
    ListNodesResponse { err, infos }
}

fn apps(shared: &Shared, err: ErrorCode, asked: ListAppsRequest) -> ListAppsResponse {
    let world = shared.world();
    let is_new = shared.settings.is_new();
    let wanted = |info: &&AppInfo| {
        err.is_ok() && (asked.status == AppStatus::Invalid || asked.status == info.status)
    };
    let infos = world.tables.values().map(|table| &table.info).filter(wanted);
    let infos = infos.cloned().map(|mut info| {
        info.duplicating = Some(!world.tables[&info.app_id].duplications.is_empty());
        info.atomic_idempotent = is_new.then_some(info.atomic_idempotent == Some(true));
        info
    });
    let infos = infos.collect();
    ListAppsResponse { err, infos, hint_message: is_new.then(String::new) }
}

fn config(shared: &Shared, err: ErrorCode, asked: QueryConfigRequest) -> QueryConfigResponse {
    let world = shared.world();
    let nothing = |err, partitions| QueryConfigResponse {
        err,
        app_id: 0,
        partition_count: 0,
        is_stateful: false,
        partitions,
    };
    if !err.is_ok() {
        return nothing(err, vec![place_of_leader(shared, world.leader)]);
    }
    let Some(table) = world.table(&asked.app_name) else {
        return nothing("ERR_OBJECT_NOT_FOUND".into(), Vec::new());
    };
    let count = table.info.partition_count;
    let wanted =
        |index: &i32| asked.partition_indices.is_empty() || asked.partition_indices.contains(index);
    QueryConfigResponse {
        err,
        app_id: table.info.app_id,
        partition_count: count,
        is_stateful: true,
        partitions: (0..count).filter(wanted).map(|index| place(shared, table, index)).collect(),
    }
}

fn place(shared: &Shared, table: &Table, index: i32) -> PartitionConfiguration {
    let partition = &table.partitions[usize::try_from(index).expect("an index")];
    let addresses: Vec<_> = partition.members.iter().map(|at| shared.address(*at)).collect();
    let names = partition.members.iter().map(|at| shared.host_port(shared.replicas[*at]));
    let names: Option<Vec<_>> = names.collect();
    PartitionConfiguration {
        pid: Gpid { app_id: table.info.app_id, partition_index: index },
        ballot: partition.ballot,
        max_replica_count: table.info.max_replica_count,
        primary: addresses.first().copied().unwrap_or(Address::INVALID),
        secondaries: addresses.iter().skip(1).copied().collect(),
        last_drops: Vec::new(),
        last_committed_decree: partition.committed,
        partition_flags: 0,
        hp_primary: names.as_ref().and_then(|names| names.first().cloned()),
        hp_secondaries: names.as_ref().map(|names| names.iter().skip(1).cloned().collect()),
        hp_last_drops: names.map(|_| Vec::new()),
    }
}

fn place_of_leader(shared: &Shared, leader: usize) -> PartitionConfiguration {
    let port = shared.metas[leader];
    let hp_primary = shared.host_port(port);
    PartitionConfiguration {
        pid: Gpid { app_id: 0, partition_index: 0 },
        ballot: 0,
        max_replica_count: 0,
        primary: Address::new(std::net::Ipv4Addr::LOCALHOST, port),
        secondaries: Vec::new(),
        last_drops: Vec::new(),
        last_committed_decree: 0,
        partition_flags: 0,
        hp_secondaries: hp_primary.as_ref().map(|_| Vec::new()),
        hp_last_drops: hp_primary.as_ref().map(|_| Vec::new()),
        hp_primary,
    }
}

fn backups(shared: &Shared, err: ErrorCode, app_id: i32) -> QueryBackupStatusResponse {
    let is_running = shared.world().backed_up.contains(&app_id);
    let item = BackupItem {
        backup_id: 1_795_219_200_000,
        app_name: String::new(),
        backup_provider_type: "local".to_owned(),
        backup_path: String::new(),
        start_time_ms: 1_795_219_200_000,
        end_time_ms: 0,
        is_backup_failed: false,
    };
    let err = if is_running || !err.is_ok() { err } else { "ERR_INVALID_PARAMETERS".into() };
    QueryBackupStatusResponse {
        backup_items: err.is_ok().then(|| vec![item]),
        err,
        hint_message: String::new(),
    }
}

fn control(shared: &Shared, err: ErrorCode, asked: ControlMetaRequest) -> ControlMetaResponse {
    let mut world = shared.world();
    let old_level = world.level;
    if err.is_ok() && asked.level != MetaLevel::Read {
        world.level = asked.level;
    }
    ControlMetaResponse { err, old_level }
}
