//! What servers say over HTTP.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Node, Shared, Version};

/// Reads the rest of a question that begins with `start`, and gives the whole answer.
pub(super) async fn answer(
    stream: &mut (impl AsyncRead + Unpin),
    start: &[u8],
    shared: &Arc<Shared>,
    node: Node,
) -> String {
    let mut head = start.to_vec();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 1 << 16 {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (status, body) = said(shared, node, path, query);
    let reason = if status == 200 { "OK" } else { "Not Found" };
    let length = body.len();
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn said(shared: &Shared, node: Node, path: &str, query: &str) -> (u16, String) {
    let (name, value) = query.split_once('=').unwrap_or((query, ""));
    match (path, node) {
        ("/version", _) => (200, version(shared)),
        ("/replica/data_version", Node::Replica(server)) => data_version(shared, server, value),
        ("/replica/duplication", Node::Replica(server)) => backlogs(shared, server, value),
        ("/config", Node::Replica(server)) => flag(shared, server, value),
        ("/updateConfig", Node::Replica(server)) => {
            let mut world = shared.world();
            world.replicas[server].flags.insert(name.to_owned(), value.to_owned());
            (200, json!({ "update_status": "ERR_OK" }).to_string())
        }
        _ => (404, format!("service not found for {path:?}")),
    }
}

fn version(shared: &Shared) -> String {
    let (version, commit) = match shared.settings.version {
        Version::V2_5 => ("2.5.0", "v2.5.0"),
        Version::V2_6 => ("2.6.0-SNAPSHOT", "db756dcdf24e2af6169659a67548501ed61f106c"),
    };
    json!({ "Version": version, "GitCommit": commit }).to_string()
}

fn data_version(shared: &Shared, server: usize, app_id: &str) -> (u16, String) {
    let world = shared.world();
    let table = app_id.parse().ok().and_then(|app_id: i32| world.tables.get(&app_id));
    let partitions = table.iter().flat_map(|table| table.partitions.iter().enumerate());
    let here = partitions.filter(|(_, partition)| partition.members.contains(&server));
    let versions = here.map(|(index, _)| (index.to_string(), json!({ "data_version": "1" })));
    let versions: Map<String, Value> = versions.collect();
    match versions.is_empty() {
        true => (404, format!("no replica found for app_id={app_id}")),
        false => (200, Value::from(versions).to_string()),
    }
}

fn backlogs(shared: &Shared, server: usize, app_id: &str) -> (u16, String) {
    let world = shared.world();
    let table = app_id.parse().ok().and_then(|app_id: i32| world.tables.get(&app_id));
    let mut all = Map::new();
    for duplication in table.iter().flat_map(|table| table.duplications.values()) {
        let partitions = table.iter().flat_map(|table| table.partitions.iter().enumerate());
        let here = partitions.filter(|(_, partition)| partition.members[0] == server);
        let backlogs = here.map(|(index, partition)| {
            let left = partition.decree - duplication.shipped[index];
            let mut backlog = json!({
                "duplicating": duplication.entry.status.number() == 3,
                "fail_mode": "FAIL_SLOW",
                "not_confirmed_mutations_num": left,
                "not_duplicated_mutations_num": left,
            });
            if shared.settings.version == Version::V2_6 {
                backlog["remote_app_name"] = duplication.remote_table.clone().into();
            }
            (format!("{app_id}.{index}"), backlog)
        });
        let backlogs: Map<String, Value> = backlogs.collect();
        all.insert(duplication.entry.dupid.to_string(), backlogs.into());
    }
    match all.is_empty() {
        true => (404, format!("no duplication assigned for app [appid={app_id}]")),
        false => (200, Value::from(all).to_string()),
    }
}

fn flag(shared: &Shared, server: usize, name: &str) -> (u16, String) {
    let world = shared.world();
    let set = world.replicas[server].flags.get(name).cloned();
    let value = match name {
        "config_sync_interval_ms" => {
            set.unwrap_or_else(|| shared.settings.config_sync.as_millis().to_string())
        }
        _ => return (404, format!("{name} was not found")),
    };
    let flag = json!({
        "name": name,
        "section": "replication",
        "type": "FV_UINT32",
        "tags": "flag_tag::FT_MUTABLE",
        "description": "",
        "value": value,
    });
    (200, flag.to_string())
}
