//! Remote commands.

use boatlift_clients::pegasus::structs::CommandRequest;
use boatlift_clients::pegasus::wire::{CodecError, Request};
use serde_json::json;

use super::listen::{Answer, result};
use super::{Node, Shared, counters};

/// Answers a remote command; one that is not known, with text too.
pub(super) fn answer(
    request: &Request<'_>,
    shared: &Shared,
    node: Node,
) -> Result<Answer, CodecError> {
    let asked: CommandRequest = request.argument()?;
    let is_new = shared.settings.is_new();
    let said = match (asked.cmd.as_str(), node) {
        ("replica.query-progress", Node::Replica(server)) if is_new => {
            progress(shared, server, &asked.arguments)
        }
        ("perf-counters-by-substr", Node::Replica(server)) => {
            counters::by_substring(shared, server, &asked.arguments)
        }
        ("replica.query-app-envs", Node::Replica(server)) => envs(shared, server, &asked.arguments),
        (unknown, _) => format!("unknown command '{unknown}'"),
    };
    Ok(result(request, &said))
}

fn wanted(words: &[String], app_id: i32, index: usize) -> bool {
    let own = [app_id.to_string(), format!("{app_id}.{index}")];
    let mut named = words.iter().flat_map(|word| word.split(',')).peekable();
    named.peek().is_none() || named.any(|name| own.iter().any(|own| own == name))
}

/// Lines for the replicas that a server holds, under a count of them.
fn lines(
    shared: &Shared,
    server: usize,
    words: &[String],
    line: impl Fn(i32, usize) -> String,
) -> String {
    let world = shared.world();
    let mut places = Vec::new();
    for (app_id, table) in &world.tables {
        for (index, partition) in table.partitions.iter().enumerate() {
            let role = partition.members.iter().position(|member| *member == server);
            if role.is_some() && wanted(words, *app_id, index) {
                places.push((*app_id, index, if role == Some(0) { "P" } else { "S" }));
            }
        }
    }
    drop(world);
    let name = shared.replica_name(server);
    let mut said = format!("{} processed, 0 not found", places.len());
    for (app_id, index, role) in places {
        said += &format!("\n    {app_id}.{index}@{name}@{role} : {}", line(app_id, index));
    }
    said
}

fn progress(shared: &Shared, server: usize, words: &[String]) -> String {
    lines(shared, server, words, |app_id, index| {
        let world = shared.world();
        let table = &world.tables[&app_id];
        let partition = &table.partitions[index];
        let is_primary = partition.primary() == Some(server);
        let own = table.duplications.values().filter(|_| is_primary);
        let own = own.filter(|duplication| duplication.ships[index].server == Some(server));
        let duplications = own.map(|duplication| {
            let ship = &duplication.ships[index];
            json!({
                "dupid": duplication.entry.dupid,
                "remote_cluster_name": duplication.entry.remote,
                "remote_app_name": duplication.remote_table,
                "replica_confirmed_decree": ship.shipped,
                "meta_persisted_decree": ship.persisted,
            })
        });
        let mut decrees = json!({
            "max_prepared_decree": partition.prepared,
            "max_plog_decree_on_disk": partition.last_logged(),
            "last_committed_decree": partition.committed_at(server),
            "last_applied_decree": partition.committed_at(server),
            "max_gc_decree": 0,
        });
        let duplications: Vec<_> = duplications.collect();
        if !duplications.is_empty() {
            decrees["duplications"] = duplications.into();
        }
        serde_json::to_string_pretty(&decrees).expect("JSON")
    })
}

/// Only what the storage knows of: never what a table refuses.
fn envs(shared: &Shared, server: usize, words: &[String]) -> String {
    lines(shared, server, words, |_, _| {
        "rocksdb.num_levels=6,rocksdb.usage_scenario=normal,rocksdb.write_buffer_size=67108864"
            .to_owned()
    })
}
