//! What servers say over HTTP.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::listen::Answer;
use super::{Node, Shared, Version, counters, http_meta};

/// A status, its reason, and a body; a redirect's body is where it leads.
pub(super) type Said = (u16, String);

/// The whole answer to a question, of which there is the head.
pub(super) fn answer(head: &[u8], shared: &Arc<Shared>, node: Node) -> Answer {
    let head = String::from_utf8_lossy(head);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some((status, body)) = said(shared, node, path, query) else {
        let reason = format!("GET {target} of a meta server that does not lead");
        return Answer::Death(reason);
    };
    let (reason, place, body) = match status {
        200 => ("OK", String::new(), body),
        307 => ("Temporary Redirect", format!("Location: {body}\r\n"), String::new()),
        _ => ("Not Found", String::new(), body),
    };
    let length = body.len();
    Answer::Last(
        format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\n\
             Content-Length: {length}\r\n{place}\r\n{body}"
        )
        .into_bytes(),
    )
}

/// Nothing where the server dies of the question.
fn said(shared: &Shared, node: Node, path: &str, query: &str) -> Option<Said> {
    let (name, value) = query.split_once('=').unwrap_or((query, ""));
    Some(match (path, node) {
        ("/version", _) => (200, version(shared)),
        ("/replica/data_version", Node::Replica(server)) => data_version(shared, server, value),
        ("/replica/duplication", Node::Replica(server)) => backlogs(shared, server, value),
        ("/config", Node::Replica(server)) => flag(shared, server, value),
        ("/updateConfig", Node::Replica(server)) => update_flag(shared, server, name, value),
        ("/metrics", Node::Replica(server)) if shared.settings.is_new() => {
            (200, counters::metrics(shared, server, query))
        }
        ("/perfCounter", Node::Replica(server)) if !shared.settings.is_new() => {
            counters::by_name(shared, server, value)
        }
        (_, Node::Meta(meta)) if path.starts_with("/meta/") => {
            return http_meta::said(shared, meta, path, value);
        }
        _ => (404, format!("service not found for {path:?}")),
    })
}

fn version(shared: &Shared) -> String {
    let (version, commit) = match shared.settings.version {
        Version::V2_4 => ("2.4.0", "v2.4.0"),
        Version::V2_5 => ("2.5.0", "v2.5.0"),
        Version::V2_6 => ("2.6.0-SNAPSHOT", "db756dcdf24e2af6169659a67548501ed61f106c"),
    };
    json!({ "Version": version, "GitCommit": commit }).to_string()
}

fn data_version(shared: &Shared, server: usize, app_id: &str) -> Said {
    let world = shared.world();
    let table = app_id.parse().ok().and_then(|app_id: i32| world.tables.get(&app_id));
    let partitions = table.iter().flat_map(|table| table.partitions.iter().enumerate());
    let here = partitions.filter(|(_, partition)| partition.members.contains(&server));
    let version = table.map_or("1", |table| table.data_version);
    let versions = here.map(|(index, _)| (index.to_string(), json!({ "data_version": version })));
    let versions: Map<String, Value> = versions.collect();
    match versions.is_empty() {
        true => (404, format!("no replica found for app_id={app_id}")),
        false => (200, Value::from(versions).to_string()),
    }
}

fn backlogs(shared: &Shared, server: usize, app_id: &str) -> Said {
    let world = shared.world();
    let number: i32 = app_id.parse().unwrap_or_default();
    let table = world.tables.get(&number);
    let mut all = Map::new();
    for (dupid, duplication) in table.iter().flat_map(|table| &table.duplications) {
        let heard = world.replicas[server].duplications.get(&(number, *dupid));
        let partitions = table.iter().flat_map(|table| &table.partitions);
        let mut here = Map::new();
        for (index, (partition, ship)) in partitions.zip(&duplication.ships).enumerate() {
            if partition.primary() != Some(server) || ship.server != Some(server) {
                continue;
            }
            let mut backlog = json!({
                "duplicating": heard.is_some_and(|status| status.number() == 3),
                "fail_mode": match duplication.entry.fail_mode.map(|mode| mode.number()) {
                    Some(1) => "FAIL_SKIP",
                    _ => "FAIL_SLOW",
                },
                "not_confirmed_mutations_num": partition.committed - ship.persisted,
                "not_duplicated_mutations_num": partition.committed - ship.shipped,
            });
            if shared.settings.is_new() {
                backlog["remote_app_name"] = duplication.remote_table.clone().into();
            }
            here.insert(format!("{app_id}.{index}"), backlog);
        }
        if !here.is_empty() {
            all.insert(dupid.to_string(), here.into());
        }
    }
    match all.is_empty() {
        true => (404, format!("no duplication assigned for app [appid={app_id}]")),
        false => (200, Value::from(all).to_string()),
    }
}

fn flag(shared: &Shared, server: usize, name: &str) -> Said {
    let world = shared.world();
    let set = world.replicas[server].flags.get(name).cloned();
    let (default, tags): (Duration, &str) = match name {
        "config_sync_interval_ms" if shared.settings.version >= Version::V2_5 => {
            (shared.settings.config_sync, "flag_tag::FT_MUTABLE")
        }
        "duplication_sync_period_second" => {
            let seconds = shared.settings.duplication_sync.as_secs();
            return (200, shown(name, "", &seconds.to_string()));
        }
        "max_copy_rate_megabytes_per_disk" | "duplicate_log_batch_bytes" => {
            let default = if name == "duplicate_log_batch_bytes" { "4096" } else { "0" };
            let value = set.as_deref().unwrap_or(default);
            return (200, shown(name, "flag_tag::FT_MUTABLE", value));
        }
        "group_check_interval_ms" => (shared.settings.group_check, ""),
        _ => return (404, format!("{name} was not found")),
    };
    let value = set.unwrap_or_else(|| default.as_millis().to_string());
    (200, shown(name, tags, &value))
}

fn shown(name: &str, tags: &str, value: &str) -> String {
    let flag = json!({
        "name": name,
        "section": "replication",
        "type": "FV_UINT32",
        "tags": tags,
        "description": "",
        "value": value,
    });
    flag.to_string()
}

/// 2.6 says yes, shows the new value, and goes on with the old timer. 2.4 has no such setting
/// that could be changed.
fn update_flag(shared: &Shared, server: usize, name: &str, value: &str) -> Said {
    let is_throttle =
        matches!(name, "max_copy_rate_megabytes_per_disk" | "duplicate_log_batch_bytes");
    let is_sync = name == "config_sync_interval_ms" && shared.settings.version >= Version::V2_5;
    let is_known = is_throttle || is_sync;
    let status = if is_known { "ERR_OK" } else { "ERR_OBJECT_NOT_FOUND" };
    if is_known {
        let mut world = shared.world();
        world.replicas[server].flags.insert(name.to_owned(), value.to_owned());
    }
    (200, json!({ "update_status": status }).to_string())
}
