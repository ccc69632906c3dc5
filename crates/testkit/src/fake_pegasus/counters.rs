//! Numbers about duplications: the counters of 2.4 and 2.5, the metrics of 2.6. All are as old
//! as the last duplication sync.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Shared;
use super::http::Said;
use super::world::World;

/// What is pending on a whole server, of all its tables.
const PENDING: &str = "replica*eon.replica_stub*dup.pending_mutations_count";

/// `perf-counters-by-substr`: counters whose names hold one of the words. 2.6 has the command,
/// and no counters.
pub(super) fn by_substring(shared: &Shared, server: usize, words: &[String]) -> String {
    let mut counters = all(shared, server);
    counters.retain(|name, _| words.iter().any(|word| name.contains(word.as_str())));
    let counters = counters
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "type": "NUMBER", "value": value }));
    let counters: Vec<Value> = counters.collect();
    let timestamp = shared.world().unix_seconds();
    json!({ "result": "OK", "timestamp": timestamp, "timestamp_str": "", "counters": counters })
        .to_string()
}

/// `/perfCounter`: one counter, by its whole name.
pub(super) fn by_name(shared: &Shared, server: usize, name: &str) -> Said {
    match all(shared, server).get(name) {
        None => (404, format!("no such counter: {name}")),
        Some(value) => {
            let value = format!("{value:.2}");
            (200, json!({ "name": name, "value": value, "type": "NUMBER" }).to_string())
        }
    }
}

/// The counters of a server. One about a partition is there only where it is shipped from.
fn all(shared: &Shared, server: usize) -> BTreeMap<String, f64> {
    let mut counters = BTreeMap::new();
    if shared.settings.is_new() {
        return counters;
    }
    let world = shared.world();
    let replica = &world.replicas[server];
    let pending: i64 = replica.pending.values().sum();
    counters.insert(PENDING.to_owned(), pending as f64);
    for (name, app_id, value) in own_counts(&world, server) {
        counters.insert(format!("replica*app.pegasus*{name}@{app_id}.0"), value as f64);
    }
    for (app_id, index) in replica.pending.keys() {
        let heard = replica.duplications.iter();
        let is_shipped = heard
            .filter(|((table, _), _)| table == app_id)
            .any(|(_, status)| matches!(status.number(), 3 | 4));
        if is_shipped {
            // A rate; nothing says when it was last above zero.
            let name = format!("replica*app.pegasus*dup_shipped_ops@{app_id}.{index}");
            counters.insert(name, 0.0);
        }
    }
    counters
}

/// `/metrics` of the replicas, as the query chooses.
pub(super) fn metrics(shared: &Shared, server: usize, query: &str) -> String {
    let asked: BTreeMap<&str, &str> =
        query.split('&').filter_map(|part| part.split_once('=')).collect();
    let names: Vec<&str> = asked.get("metrics").map_or(vec![], |names| names.split(',').collect());
    let table_id = asked.get("attributes").and_then(|text| text.strip_prefix("table_id,"));
    if asked.get("types") == Some(&"profiler") {
        return looks(shared, server);
    }
    let world = shared.world();
    let mut entities = Vec::new();
    for (name, app_id, value) in own_counts(&world, server) {
        let is_asked =
            names.contains(&name) && table_id.is_none_or(|wanted| wanted == app_id.to_string());
        if is_asked {
            entities.push(entity(app_id, 0, &[json!({ "name": name, "value": value })]));
        }
    }
    for ((app_id, index), pending) in &world.replicas[server].pending {
        if table_id.is_some_and(|wanted| wanted != app_id.to_string()) {
            continue;
        }
        let values = [
            ("dup_pending_mutations", *pending),
            ("dup_recent_lost_mutations", 0),
            ("dup_shipped_failed_requests", 0),
            ("dup_log_file_load_failed_count", 0),
        ];
        let chosen =
            values.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name));
        let metrics: Vec<_> =
            chosen.map(|(name, value)| json!({ "name": name, "value": value })).collect();
        entities.push(entity(*app_id, *index, &metrics));
    }
    let seconds = world.unix_seconds();
    drop(world);
    told(shared, server, seconds, entities)
}

/// What was counted of the tables whose first partition the server leads.
fn own_counts(world: &World, server: usize) -> Vec<(&str, i32, i64)> {
    let all = world.counted.iter().map(|((app_id, name), value)| (name.as_str(), *app_id, *value));
    all.filter(|(_, app_id, _)| {
        let table = world.tables.get(app_id);
        table.is_some_and(|table| table.partitions[0].primary() == Some(server))
    })
    .collect()
}

fn entity(app_id: i32, index: usize, metrics: &[Value]) -> Value {
    json!({
        "type": "replica",
        "id": format!("replica@{app_id}.{index}"),
        "attributes": { "table_id": app_id.to_string(), "partition_id": index.to_string() },
        "metrics": metrics,
    })
}

/// How often a server has looked for variables, as its profiler counts tasks.
fn looks(shared: &Shared, server: usize) -> String {
    let world = shared.world();
    let (looks, seconds) = (world.replicas[server].looks, world.unix_seconds());
    drop(world);
    let task = "LPC_QUERY_CONFIGURATION_ALL";
    let entity = json!({
        "type": "profiler",
        "id": format!("task@{task}"),
        "attributes": { "task_name": task },
        "metrics": [{ "name": "profiler_executed_tasks", "value": looks }],
    });
    told(shared, server, seconds, vec![entity])
}

fn told(shared: &Shared, server: usize, seconds: i64, entities: Vec<Value>) -> String {
    let head = [
        ("cluster", json!(shared.settings.name)),
        ("role", json!("replica")),
        ("host", json!("localhost")),
        ("port", json!(shared.replicas[server])),
        ("timestamp_ns", json!(seconds * 1_000_000_000)),
        ("entities", json!(entities)),
    ];
    let head: Map<String, Value> =
        head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(head).to_string()
}
