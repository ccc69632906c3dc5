//! What replica servers count of one table: writes that duplication cannot carry, and mutations that
//! it lost. Names of counters are looked at as a whole: `@3.` is a part of `@13.1`.

use crate::cluster::Cluster;
use crate::failures::failed;
use boatlift_clients::pegasus::wire::CodecError;
use boatlift_clients::pegasus::{PegasusError, Server};
use boatlift_core::error::Result;
use boatlift_core::saga::Condition;
use futures_util::future::try_join_all;
use serde_json::Value;
use std::collections::BTreeMap;

/// Names of counters, before 2.6 and from it on.
struct Names {
    old: &'static [&'static str],
    new: &'static [&'static str],
}

const ATOMIC: Names = Names {
    old: &["incr_qps", "check_and_set_qps", "check_and_mutate_qps"],
    new: &["incr_requests", "check_and_set_requests", "check_and_mutate_requests"],
};
const LOST: Names = Names {
    old: &["dup_recent_mutation_loss_count"],
    new: &["dup_recent_lost_mutations", "dup_log_file_load_failed_count"],
};

/// No client makes writes of this table that LOWER would refuse while it is duplicated. What its
/// servers have counted since they started counts, on 2.6; on 2.5 what they count now.
pub(super) async fn no_atomic_writes(
    lower: &Cluster,
    table: &str,
    app_id: i32,
    accepted: bool,
) -> Result<Condition> {
    let counted = counted(lower, app_id, &ATOMIC).await?;
    Ok(Condition {
        what: format!("no client increments or compares and sets in `{table}`"),
        holds: counted.is_empty() || accepted,
        seen: match (counted.is_empty(), accepted) {
            (true, _) => "none was counted".to_owned(),
            (false, true) => format!("{}: said to be accepted", told(&counted)),
            (false, false) => format!(
                "its servers counted {}: LOWER refuses such writes while the table is duplicated, \
                 and loses those that come before it does; stop them, or say \
                 `duplication.accept-atomic-writes: true` when they have ended",
                told(&counted)
            ),
        },
    })
}

/// No mutation was lost on its way to UPPER.
///
/// # Errors
/// When a server does not answer.
pub(crate) async fn losses(lower: &Cluster, table: &str, app_id: i32) -> Result<Condition> {
    let counted = counted(lower, app_id, &LOST).await?;
    Ok(Condition {
        what: format!("LOWER lost nothing of `{table}` on the way"),
        holds: counted.is_empty(),
        seen: match counted.is_empty() {
            true => "nothing was counted as lost".to_owned(),
            false => format!(
                "its servers counted {}: UPPER lacks them; remove the duplication and UPPER's \
                 table, and begin again",
                told(&counted)
            ),
        },
    })
}

fn told(counted: &BTreeMap<String, f64>) -> String {
    let told = counted.iter().map(|(name, value)| format!("{name} {value}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The counters of a table that are not 0, over all servers.
async fn counted(cluster: &Cluster, app_id: i32, names: &Names) -> Result<BTreeMap<String, f64>> {
    let cannot = "cannot ask what replica servers count";
    let servers = cluster.servers().await.map_err(failed(cannot))?;
    let asked = servers.iter().map(|(_, server)| of_server(server, app_id, names));
    let mut all = BTreeMap::new();
    for (name, value) in try_join_all(asked).await.map_err(failed(cannot))?.into_iter().flatten() {
        *all.entry(name).or_insert(0.0) += value;
    }
    all.retain(|_, value| *value > 0.0);
    Ok(all)
}

async fn of_server(
    server: &Server,
    app_id: i32,
    names: &Names,
) -> std::result::Result<Vec<(String, f64)>, PegasusError> {
    let query =
        format!("types=replica&attributes=table_id,{app_id}&metrics={}", names.new.join(","));
    if let Some(metrics) = server.metrics(&query).await? {
        return Ok(of_metrics(&metrics, app_id, names.new));
    }
    let words: Vec<String> = names.old.iter().map(|name| format!("{name}@{app_id}.")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = server.command("perf-counters-by-substr", &words).await?;
    // That none was counted is only known of a server that tells its counters.
    let told = serde_json::from_str(&said).ok().filter(|said: &Value| said["counters"].is_array());
    let told = told.ok_or_else(|| PegasusError::Malformed {
        call: "perf-counters-by-substr".to_owned(),
        server: server.endpoint().clone(),
        error: CodecError::Frame("the text holds no counters"),
    })?;
    Ok(of_counters(&told, app_id, names.old))
}

/// From 2.6 on: entities of replicas, each with the number of its table.
fn of_metrics(metrics: &Value, app_id: i32, names: &[&str]) -> Vec<(String, f64)> {
    let entities = metrics["entities"].as_array().into_iter().flatten();
    let own = entities.filter(|entity| {
        entity["attributes"]["table_id"].as_str() == Some(app_id.to_string().as_str())
    });
    let metrics = own.filter_map(|entity| entity["metrics"].as_array()).flatten();
    let read =
        metrics.filter_map(|metric| Some((metric["name"].as_str()?, metric["value"].as_f64()?)));
    read.filter(|(name, _)| names.contains(name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Before 2.6: `app*section*name@app.partition`.
fn of_counters(said: &Value, app_id: i32, names: &[&str]) -> Vec<(String, f64)> {
    let counters = said["counters"].as_array().into_iter().flatten();
    let read = counters.filter_map(|counter| {
        let (name, place) = counter["name"].as_str()?.rsplit('*').next()?.split_once('@')?;
        let (app, _) = place.split_once('.')?;
        let is_own = names.contains(&name) && app.parse() == Ok(app_id);
        is_own.then(|| Some((name.to_owned(), counter["value"].as_f64()?)))?
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_not_taken_for_another_whose_number_holds_its_own() {
        let counter = |place: &str| json!({ "name": format!("replica*app.pegasus*incr_qps@{place}"), "value": 1.5 });
        let said = json!({ "counters": [counter("3.0"), counter("13.1"), counter("30.0"), counter("3.1")] });
        assert_eq!(of_counters(&said, 3, ATOMIC.old), vec![("incr_qps".to_owned(), 1.5); 2]);
        let entity = |table: &str| {
            let lost = json!({ "name": "dup_recent_lost_mutations", "value": 2 });
            json!({ "attributes": { "table_id": table, "partition_id": "0" }, "metrics": [lost] })
        };
        let metrics = json!({ "entities": [entity("3"), entity("30")] });
        let lost = vec![("dup_recent_lost_mutations".to_owned(), 2.0)];
        assert_eq!(of_metrics(&metrics, 3, LOST.new), lost);
    }
}
