//! Replica servers: who may be asked what, before any record is touched.
//!
//! Checks come in the order of the real ones: whether the replica is here, whether clients
//! are denied, whether the write can be duplicated, and only then whether it is the primary.

use std::sync::Arc;

use boatlift_clients::pegasus::partition_of;
use boatlift_clients::pegasus::rpc::{self, Rpc};
use boatlift_clients::pegasus::structs::*;
use boatlift_clients::pegasus::wire::{CodecError, Gpid, Head, HeadVersion, Request};

use super::listen::{Answer, Outcome, refusal, reply, result};
use super::world::World;
use super::{Shared, records, scans};

/// What a request does to records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    /// A write that cannot be repeated on the other cluster.
    Conditional,
}

/// Answers a call; `None` for one that there is not.
pub(super) fn answer(
    request: &Request<'_>,
    shared: &Arc<Shared>,
    server: usize,
) -> Option<Result<Outcome, CodecError>> {
    let kind = match request.name.as_str() {
        rpc::QueryReplicaInfo::NAME => {
            let answer = reply::<rpc::QueryReplicaInfo>(request, |_| replicas(shared, server));
            return Some(answer.map(Outcome::Now));
        }
        rpc::Get::NAME | rpc::Ttl::NAME | rpc::GetScanner::NAME | rpc::Scan::NAME => Kind::Read,
        rpc::CLEAR_SCANNER => Kind::Read,
        rpc::Put::NAME | rpc::Remove::NAME | rpc::MultiPut::NAME | rpc::MultiRemove::NAME => {
            Kind::Write
        }
        rpc::CheckAndSet::NAME | rpc::Increment::NAME => Kind::Conditional,
        _ => return None,
    };
    let mut world = shared.world();
    let world = &mut *world;
    Some(match gate(world, &request.head, kind, server) {
        Gate::Open => carry_out(request, shared, world, kind, server),
        Gate::Refused(code) => Ok(Outcome::Now(refusal(request, code))),
        Gate::Silent => Ok(Outcome::Now(Answer::Silence)),
    })
}

enum Gate {
    Open,
    Refused(&'static str),
    Silent,
}

fn gate(world: &World, head: &Head, kind: Kind, server: usize) -> Gate {
    let index = usize::try_from(head.partition_index).unwrap_or(usize::MAX);
    let table = world.tables.get(&head.app_id);
    let table = table.filter(|table| table.info.status == AppStatus::Available);
    let partition = table.and_then(|table| table.partitions.get(index));
    let Some(partition) = partition.filter(|partition| partition.members.contains(&server)) else {
        return Gate::Refused("ERR_OBJECT_NOT_FOUND");
    };
    let believed = world.replicas[server].believed.get(&head.app_id);
    let denied = believed.and_then(|believed| believed.envs.get("replica.deny_client_request"));
    match denied.and_then(|denied| denied.split_once('*')) {
        Some((how, what)) if covers(what, kind) => match how {
            "reconfig" => return Gate::Refused("ERR_INVALID_STATE"),
            _ => return Gate::Silent,
        },
        _ => {}
    }
    if kind == Kind::Conditional && believed.is_some_and(|believed| believed.is_duplicating) {
        return Gate::Refused("ERR_OPERATION_DISABLED");
    }
    let is_deposed = world.deposed.contains(&(head.app_id, index));
    match partition.primary() == Some(server) && !is_deposed {
        true => Gate::Open,
        false => Gate::Refused("ERR_INVALID_STATE"),
    }
}

fn covers(what: &str, kind: Kind) -> bool {
    match what {
        "all" => true,
        "read" => kind == Kind::Read,
        "write" => kind != Kind::Read,
        _ => false,
    }
}

fn carry_out(
    request: &Request<'_>,
    shared: &Shared,
    world: &mut World,
    kind: Kind,
    server: usize,
) -> Result<Outcome, CodecError> {
    match kind {
        Kind::Read => read(request, shared, world, server).map(Outcome::Now),
        Kind::Write | Kind::Conditional => write(request, shared, world, server),
    }
}

fn read(
    request: &Request<'_>,
    shared: &Shared,
    world: &mut World,
    server: usize,
) -> Result<Answer, CodecError> {
    let head = &request.head;
    let name = shared.replica_name(server);
    Ok(match request.name.as_str() {
        rpc::Get::NAME => result(request, &records::get(world, head, &request.argument()?, name)),
        rpc::Ttl::NAME => result(request, &records::ttl(world, head, &request.argument()?, name)),
        rpc::GetScanner::NAME => cut(
            result(request, &scans::open(world, head, request.argument()?, server, name)),
            shared,
        ),
        rpc::Scan::NAME => {
            let asked: ScanRequest = request.argument()?;
            cut(result(request, &scans::go_on(world, head, asked.context_id, server, name)), shared)
        }
        _ => {
            world.replicas[server].scans.remove(&request.argument()?);
            Answer::Silence
        }
    })
}

/// An answer that is too long breaks off.
fn cut(answer: Answer, shared: &Shared) -> Answer {
    match answer {
        Answer::Frame(mut bytes) if bytes.len() > shared.settings.longest_scan => {
            bytes.truncate(shared.settings.longest_scan);
            Answer::Last(bytes)
        }
        answer => answer,
    }
}

fn write(
    request: &Request<'_>,
    shared: &Shared,
    world: &mut World,
    server: usize,
) -> Result<Outcome, CodecError> {
    let now = world.expiry_seconds();
    let understood = records::understand(request, shared.replica_name(server), now)?;
    let deadly = understood.hash.and_then(|hash| deadly_hash(world, &request.head, hash));
    if let Some(reason) = deadly {
        return Ok(Outcome::Now(Answer::Death(reason)));
    }
    let mut dice = world.dice.clone();
    let partition = records::partition(world, &request.head);
    let answer = partition.accept(understood.operation, &shared.settings, &mut dice);
    world.dice = dice;
    shared.news.notify_one();
    Ok(Outcome::Later(answer))
}

/// What a real server dies of: a hash that is neither 0 nor that of the key.
fn deadly_hash(world: &World, head: &Head, hash: u64) -> Option<String> {
    if head.partition_hash == 0 {
        return None;
    }
    let gpid = Gpid { app_id: head.app_id, partition_index: head.partition_index };
    let count = world.tables.get(&head.app_id)?.partitions.len();
    let partition = partition_of(hash, u32::try_from(count).ok()?);
    let has_thread_hash = head.version == HeadVersion::Zero;
    if head.partition_hash != hash {
        Some(format!(
            "a write to {gpid} with the hash {:x} in place of {hash:x}",
            head.partition_hash
        ))
    } else if i32::try_from(partition).ok()? != head.partition_index {
        Some(format!("a write to {gpid} that belongs into partition {partition}"))
    } else if has_thread_hash && head.thread_hash != gpid.thread_hash() {
        Some(format!("a write to {gpid} with the thread hash {}", head.thread_hash))
    } else {
        None
    }
}

fn replicas(shared: &Shared, server: usize) -> QueryReplicaInfoResponse {
    let world = shared.world();
    let mut replicas = Vec::new();
    for (app_id, table) in &world.tables {
        for (partition, index) in table.partitions.iter().zip(0..) {
            let role = partition.members.iter().position(|member| *member == server);
            let Some(role) = role else { continue };
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let is_deposed = world.deposed.contains(&(*app_id, at));
            replicas.push(ReplicaInfo {
                pid: Gpid { app_id: *app_id, partition_index: index },
                ballot: partition.ballot,
                status: match role {
                    0 if is_deposed => ReplicaStatus::Inactive,
                    0 => ReplicaStatus::Primary,
                    _ => ReplicaStatus::Secondary,
                },
                last_committed_decree: partition.committed_at(server),
                last_prepared_decree: partition.last_logged(),
                last_durable_decree: 0,
                app_type: "pegasus".to_owned(),
                disk_tag: "ssd".to_owned(),
                manual_compact_status: None,
            });
        }
    }
    QueryReplicaInfoResponse { err: "ERR_OK".into(), replicas }
}
