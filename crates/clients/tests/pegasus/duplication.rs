//! A table shipped to another cluster, fenced, proved to be there, and let go.

use std::sync::Arc;
use std::time::Duration;

use boatlift_clients::pegasus::structs::{AddDuplicationRequest, DuplicationStatus, MatchType};
use boatlift_clients::pegasus::{Expiry, Meta, PegasusError, Server, Table, Writes};
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version};
use tokio::time::sleep;

use crate::cluster::{key, meta_of, options, table_of};

const DENY: &str = "replica.deny_client_request";

async fn two(version: Version) -> (FakeCluster, FakeCluster) {
    let lower = FakeCluster::start(Settings::new("a", version)).await;
    let upper = FakeCluster::start(Settings::new("b", version)).await;
    lower.knows(&upper);
    (lower, upper)
}

fn to_b(table: &str) -> AddDuplicationRequest {
    AddDuplicationRequest {
        app_name: table.to_owned(),
        remote_cluster_name: "b".to_owned(),
        is_duplicating_checkpoint: Some(true),
        remote_app_name: None,
        remote_replica_count: None,
    }
}

async fn wait_for_log(meta: &Meta, table: &str) {
    for _ in 0..200 {
        let entries = meta.query_duplications(table).await.expect("duplications");
        if entries[0].status == DuplicationStatus::Log {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("the duplication never came to ship");
}

async fn wait_for_writes(table: &Table, partition: u32, expected: Writes) {
    for _ in 0..200 {
        let writes = table.probe_writes(partition, "boatlift-probe").await.expect("an answer");
        if writes == expected {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("partition {partition} never came to {expected:?}");
}

/// What the primaries of the table have not shipped, altogether.
async fn left(lower: &FakeCluster, app_id: i32) -> i64 {
    let mut left = 0;
    for endpoint in lower.replicas() {
        let server = Server::new(endpoint, options());
        let backlogs = server.backlogs(app_id).await.expect("backlogs");
        let partitions = backlogs.values().flat_map(|partitions| partitions.values());
        left += partitions.map(|backlog| backlog.not_duplicated).sum::<i64>();
    }
    left
}

/// Waits until every primary ships, or none does.
async fn wait_for_duplicating(lower: &FakeCluster, app_id: i32, expected: bool) {
    for _ in 0..200 {
        let mut seen = Vec::new();
        for endpoint in lower.replicas() {
            let server = Server::new(endpoint, options());
            let backlogs = server.backlogs(app_id).await.expect("backlogs");
            let partitions = backlogs.values().flat_map(|partitions| partitions.values());
            seen.extend(partitions.map(|backlog| backlog.duplicating));
        }
        if seen.len() == 4 && seen.iter().all(|duplicating| *duplicating == expected) {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("the primaries never heard");
}

#[tokio::test]
async fn a_table_is_shipped_fenced_and_let_go() {
    for version in [Version::V2_5, Version::V2_6] {
        let (lower, upper) = two(version).await;
        let meta = meta_of(&lower);
        let table = table_of(&meta, "orders").await;
        table.put(&key("before", "s"), b"1", Expiry::NEVER).await.expect("written");
        let added = meta.add_duplication(&to_b("orders")).await.expect("added");
        wait_for_log(&meta, "orders").await;
        for partition in 0..4 {
            wait_for_writes(&table, partition, Writes::Taken).await;
        }
        for number in 0..50 {
            let key = key(format!("h{number}"), "s");
            table.put(&key, b"2", Expiry::NEVER).await.expect("written");
        }
        meta.set_envs("orders", &[(DENY, "reconfig*write")]).await.expect("set");
        for partition in 0..4 {
            wait_for_writes(&table, partition, Writes::Refused).await;
        }
        let error = table.put(&key("late", "s"), b"3", Expiry::NEVER).await.expect_err("fenced");
        assert_eq!(error.code(), Some("ERR_INVALID_STATE"), "{error}");
        // An empty mutation lets 2.5 ship its newest one.
        for _ in 0..200 {
            if upper.rows("orders") == lower.rows("orders") {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(upper.rows("orders"), lower.rows("orders"));
        assert_eq!(lower.rows("orders").len(), 51);
        meta.delete_envs("orders", &[DENY]).await.expect("deleted");
        for partition in 0..4 {
            wait_for_writes(&table, partition, Writes::Taken).await;
        }
        let removed = DuplicationStatus::Removed;
        let removed = meta.set_duplication_status("orders", added.dupid, removed).await;
        removed.expect("removed");
        assert!(meta.query_duplications("orders").await.expect("none").is_empty());
        assert_eq!((lower.death(), upper.death()), (None, None));
    }
}

#[tokio::test]
async fn a_newest_mutation_that_sticks_comes_loose_by_a_pause() {
    let (lower, upper) = two(Version::V2_6).await;
    let meta = meta_of(&lower);
    let table = table_of(&meta, "orders").await;
    let added = meta.add_duplication(&to_b("orders")).await.expect("added");
    wait_for_log(&meta, "orders").await;
    table.put(&key("h", "s"), b"1", Expiry::NEVER).await.expect("written");
    for partition in 0..4 {
        lower.stick("orders", partition);
    }
    assert_eq!(left(&lower, added.appid).await, 1);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(left(&lower, added.appid).await, 1);
    assert!(upper.rows("orders").is_empty());
    for status in [DuplicationStatus::Pause, DuplicationStatus::Log] {
        meta.set_duplication_status("orders", added.dupid, status).await.expect("changed");
        wait_for_duplicating(&lower, added.appid, status == DuplicationStatus::Log).await;
    }
    for _ in 0..100 {
        if left(&lower, added.appid).await == 0 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(upper.rows("orders").len(), 1);
    for endpoint in lower.replicas() {
        for (place, progress) in
            Server::new(endpoint, options()).progress(added.appid).await.expect("decrees")
        {
            let shipped = progress.duplications.iter().map(|one| one.replica_confirmed_decree);
            let expected =
                if place.role == "P" { vec![progress.last_committed_decree] } else { vec![] };
            assert_eq!(shipped.collect::<Vec<_>>(), expected, "{}", place.gpid);
        }
    }
}

#[tokio::test]
async fn what_was_written_before_the_primaries_heard_of_it_is_lost_without_a_checkpoint() {
    let (lower, upper) = two(Version::V2_6).await;
    let meta = meta_of(&lower);
    let table = table_of(&meta, "orders").await;
    let copy = table_of(&meta_of(&upper), "orders").await;
    let request =
        AddDuplicationRequest { is_duplicating_checkpoint: Some(false), ..to_b("orders") };
    meta.add_duplication(&request).await.expect("added");
    table.put(&key("early", "s"), b"1", Expiry::NEVER).await.expect("written");
    sleep(Duration::from_millis(200)).await;
    table.put(&key("late", "s"), b"2", Expiry::NEVER).await.expect("written");
    for _ in 0..100 {
        if copy.get(&key("late", "s")).await.expect("read").is_some() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(copy.get(&key("late", "s")).await.expect("read"), Some(b"2".to_vec()));
    assert_eq!(copy.get(&key("early", "s")).await.expect("read"), None);
}

#[tokio::test]
async fn what_is_refused_is_said_as_each_version_says_it() {
    for (version, again, missing) in [
        (Version::V2_5, None, "ERR_INVALID_PARAMETERS"),
        (Version::V2_6, Some("ERR_DUP_EXIST"), "ERR_APP_NOT_EXIST"),
    ] {
        let (lower, _upper) = two(version).await;
        let meta = meta_of(&lower);
        table_of(&meta, "orders").await;
        let first = meta.add_duplication(&to_b("orders")).await.expect("added");
        match meta.add_duplication(&to_b("orders")).await {
            Ok(second) => assert_eq!((again, second.dupid), (None, 0)),
            Err(error) => assert_eq!(error.code(), again, "{error}"),
        }
        let error = meta.set_envs("nothing", &[("k", "v")]).await.expect_err("no such table");
        assert_eq!(error.code(), Some(missing));
        let listed = meta.list_duplications("orders", MatchType::Exact).await;
        match (version, listed) {
            (Version::V2_6, Ok(listed)) => {
                assert!(listed["orders"].duplications.contains_key(&first.dupid));
            }
            (Version::V2_5, Err(error)) => {
                assert!(matches!(error, PegasusError::Refused { .. }), "{error}");
                assert_eq!(error.code(), Some("ERR_HANDLER_NOT_FOUND"));
            }
            (_, other) => panic!("{other:?}"),
        }
        let meta: Arc<Meta> = meta;
        assert!(meta.table("nothing").await.expect("tables").is_none());
    }
}
