//! Numbers about duplications: the counters of 2.4 and 2.5, the metrics of 2.6. All are as old
//! as the last duplication sync.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Shared;
use super::http::Said;

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
    let world = shared.world();
    let mut entities = Vec::new();
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
        let attributes = json!({
            "table_id": app_id.to_string(),
            "partition_id": index.to_string(),
        });
        entities.push(json!({
            "type": "replica",
            "id": format!("replica@{app_id}.{index}"),
            "attributes": attributes,
            "metrics": metrics,
        }));
    }
    let head = [
        ("cluster", json!(shared.settings.name)),
        ("role", json!("replica")),
        ("host", json!("localhost")),
        ("port", json!(shared.replicas[server])),
        ("timestamp_ns", json!(world.unix_seconds() * 1_000_000_000)),
        ("entities", json!(entities)),
    ];
    let head: Map<String, Value> =
        head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(head).to_string()
}
