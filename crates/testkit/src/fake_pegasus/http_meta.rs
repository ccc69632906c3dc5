//! What meta servers say over HTTP: those that lead, and what the others say in their place.

use serde_json::{Map, Value, json};

use super::Shared;
use super::http::Said;

/// Nothing where the server dies of the question: one of 2.5 that does not lead, asked for its
/// cluster.
pub(super) fn said(shared: &Shared, meta: usize, path: &str, name: &str) -> Option<Said> {
    let leader = shared.world().leader;
    if leader != meta {
        return match (shared.settings.is_new(), path) {
            (true, _) => {
                let leader = shared.meta_name(shared.metas[leader]);
                Some((307, format!("http://{leader}{path}")))
            }
            (false, "/meta/cluster") => None,
            (false, "/meta/apps") => {
                let nothing = json!({ "general_info": {}, "summary": { "total_app_count": "0" } });
                Some((200, nothing.to_string()))
            }
            (false, "/meta/app/duplication") => {
                let said = "duplication is not enabled [FLAGS_duplication_enabled=false]";
                Some((404, said.to_owned()))
            }
            (false, _) => Some((404, format!("table not found: {name:?}"))),
        };
    }
    Some(match path {
        "/meta/cluster" => cluster(shared),
        "/meta/app_envs" => envs(shared, name),
        "/meta/app/duplication" => duplications(shared, name),
        _ => (404, format!("service not found for {path:?}")),
    })
}

fn cluster(shared: &Shared) -> Said {
    let metas: Vec<_> = shared.metas.iter().map(|port| shared.meta_name(*port)).collect();
    let leader = shared.world().leader;
    let cluster = json!({
        "meta_servers": metas.join(","),
        "primary_meta_server": metas[leader],
        "meta_function_level": "steady",
    });
    (200, cluster.to_string())
}

fn envs(shared: &Shared, name: &str) -> Said {
    let world = shared.world();
    match world.table(name) {
        Some(table) => (200, json!(table.info.envs).to_string()),
        None => (404, format!("table not found: {name:?}")),
    }
}

/// The progress of 2.6 looks complete whenever nothing moves; 2.5 shows none.
fn duplications(shared: &Shared, name: &str) -> Said {
    let world = shared.world();
    let Some(table) = world.table(name) else {
        return (404, format!("table not found: {name:?}"));
    };
    let mut all = Map::new();
    for (number, duplication) in table.duplications.values().enumerate() {
        let entry = &duplication.entry;
        let mut shown = json!({
            "dupid": entry.dupid,
            "remote": entry.remote,
            "status": format!("DS_{}", format!("{:?}", entry.status).to_uppercase()),
            "fail_mode": "FAIL_SLOW",
        });
        if shared.settings.is_new() {
            let ships = duplication.ships.iter().enumerate().map(|(index, ship)| {
                let decree = ship.persisted;
                let state = json!({ "confirmed_decree": decree, "last_committed_decree": decree });
                (index.to_string(), state)
            });
            shown["partition_states"] = Value::Object(ships.collect());
            shown["remote_app_name"] = duplication.remote_table.clone().into();
        }
        all.insert((number + 1).to_string(), shown);
    }
    all.insert("appid".to_owned(), table.info.app_id.into());
    (200, Value::Object(all).to_string())
}
