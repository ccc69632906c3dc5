//! Tables and duplications as each version makes them, on simulated time.

use std::time::Duration;

use boatlift_clients::pegasus::structs::{AppStatus, DuplicationStatus, MatchType};
use boatlift_clients::pegasus::{Expiry, Meta, NewTable, Server};
use boatlift_testkit::fake_pegasus::{Settings, Version};
use tokio::time::sleep;

use crate::simulated::{Pair, key, to_b};

#[tokio::test(start_paused = true)]
async fn trap_7_variables_travel_and_default_ttl_ends_servers_of_2_6() {
    for survives in [true, false] {
        let lower = Settings::as_recorded("a", Version::V2_6, 7);
        let upper = Settings {
            survives_default_ttl: survives,
            ..Settings::as_recorded("b", Version::V2_6, 7)
        };
        let lower = Settings { survives_default_ttl: true, ..lower };
        let pair = Pair::new(lower, upper);
        pair.table(&[("default_ttl", "86400")]).await;
        pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
        while pair.status().await == DuplicationStatus::Prepare {
            sleep(Duration::from_secs(1)).await;
        }
        let upper = Meta::new(pair.upper.metas(), &pair.options);
        let follower = upper.table("orders").await.expect("tables").expect("the follower");
        assert_eq!(follower.envs["default_ttl"], "86400");
        assert_eq!(follower.envs["duplication.master_cluster"], "a");
        let server = Server::new(pair.upper.replicas()[0].clone(), pair.options.clone());
        assert_eq!(server.version().await.is_ok(), survives);
    }
}

#[tokio::test(start_paused = true)]
async fn trap_8_a_follower_of_2_5_with_one_replica_never_leaves_ds_app() {
    for (version, stuck) in [(Version::V2_5, true), (Version::V2_6, false)] {
        let pair = Pair::as_recorded(version, 8);
        let one =
            NewTable { name: "orders".to_owned(), partitions: 4, replicas: 1, envs: [].into() };
        pair.meta.create_app(&one).await.expect("the table is made");
        pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
        sleep(Duration::from_secs(240)).await;
        assert_eq!(pair.status().await == DuplicationStatus::App, stuck);
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_of_that_name_keeps_a_duplication_preparing() {
    let pair = Pair::as_recorded(Version::V2_6, 8);
    pair.table(&[]).await;
    let upper = Meta::new(pair.upper.metas(), &pair.options);
    let same = NewTable { name: "orders".to_owned(), partitions: 4, replicas: 1, envs: [].into() };
    upper.create_app(&same).await.expect("made");
    pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
    sleep(Duration::from_secs(600)).await;
    assert_eq!(pair.status().await, DuplicationStatus::Prepare);
}

#[tokio::test(start_paused = true)]
async fn trap_9_a_duplication_that_exists_is_answered_differently() {
    for (version, early, late) in [
        (Version::V2_5, None, None),
        (Version::V2_6, Some("ERR_DUP_EXIST"), Some("ERR_INVALID_PARAMETERS")),
    ] {
        let pair = Pair::as_recorded(version, 9);
        pair.table(&[]).await;
        pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
        let again = |code: Option<&'static str>| {
            let pair = &pair;
            async move {
                match pair.meta.add_duplication(&to_b("orders", true)).await {
                    Ok(answer) => assert_eq!((code, answer.dupid), (None, 0)),
                    Err(error) => assert_eq!(error.code(), code),
                }
            }
        };
        again(early).await;
        sleep(Duration::from_secs(100)).await;
        again(late).await;
    }
}

#[tokio::test(start_paused = true)]
async fn trap_9_two_tables_of_one_second_have_one_dupid() {
    let pair = Pair::as_recorded(Version::V2_6, 9);
    pair.table(&[]).await;
    let other = NewTable { name: "other".to_owned(), partitions: 4, replicas: 3, envs: [].into() };
    pair.meta.create_app(&other).await.expect("made");
    let first = pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
    let second = pair.meta.add_duplication(&to_b("other", true)).await.expect("added");
    assert_eq!(first.dupid, second.dupid);
    assert_ne!(first.appid, second.appid);
}

#[tokio::test(start_paused = true)]
async fn trap_13_what_2_5_does_not_have() {
    for (version, code) in
        [(Version::V2_5, "ERR_INVALID_PARAMETERS"), (Version::V2_6, "ERR_APP_NOT_EXIST")]
    {
        let pair = Pair::as_recorded(version, 13);
        let error = pair.meta.set_envs("nothing", &[("k", "v")]).await.expect_err("no table");
        assert_eq!(error.code(), Some(code));
        let listed = pair.meta.list_duplications("x", MatchType::Exact).await;
        assert_eq!(listed.is_ok(), version == Version::V2_6);
    }
}

#[tokio::test(start_paused = true)]
async fn rows_expire_and_tables_are_dropped_recalled_and_renamed() {
    let pair = Pair::as_recorded(Version::V2_6, 18);
    let table = pair.table(&[]).await;
    table.put(&key(1), b"v", Expiry::from_wire(343_612_800 + 60)).await.expect("written");
    assert!(table.get(&key(1)).await.expect("read").is_some());
    sleep(Duration::from_secs(3600)).await;
    assert!(table.get(&key(1)).await.expect("read").is_none());
    let app_id = table.config().app_id;
    pair.meta.drop_app("orders", Some(3600)).await.expect("dropped");
    assert!(pair.meta.table("orders").await.expect("tables").is_none());
    let all = pair.meta.list_apps(AppStatus::Dropped).await.expect("tables");
    assert_eq!(all.len(), 1);
    let recalled = pair.meta.recall_app(app_id, "orders").await.expect("recalled");
    assert_eq!(recalled.app_name, "orders");
    pair.meta.rename_app("orders", "older").await.expect("renamed");
    assert!(pair.meta.table("older").await.expect("tables").is_some());
}
