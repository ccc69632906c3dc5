//! Fences: when they are in force, and whom they stop, on simulated time.

use std::sync::Arc;
use std::time::Duration;

use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::pegasus::{Expiry, Meta, PegasusError, Server, Writes};
use boatlift_testkit::fake_pegasus::{Hold, Settings, Version};
use tokio::time::{Instant, sleep};

use crate::simulated::{DENY, Pair, key, probe_at, to_b};

#[tokio::test(start_paused = true)]
async fn trap_5_a_fence_is_in_force_at_each_servers_own_time() {
    let pair = Pair::as_recorded(Version::V2_6, 5);
    let table = pair.table(&[]).await;
    pair.duplicate().await;
    for (value, code) in [("reconfig*write", "ERR_INVALID_STATE"), ("timeout*write", "silence")] {
        pair.meta.set_envs("orders", &[(DENY, value)]).await.expect("set");
        table.put(&key(1), b"v", Expiry::NEVER).await.expect("success of the RPC means nothing");
        let begun = Instant::now();
        let error = loop {
            match table.put(&key(1), b"v", Expiry::NEVER).await {
                Ok(_) => sleep(Duration::from_millis(100)).await,
                Err(error) => break error,
            }
        };
        assert!(begun.elapsed() <= Duration::from_secs(36), "{:?}", begun.elapsed());
        match &error {
            PegasusError::Timeout { .. } => assert_eq!(code, "silence"),
            error => assert_eq!(error.code(), Some(code)),
        }
        assert!(table.get(&key(1)).await.expect("reads go on").is_some());
        pair.meta.delete_envs("orders", &[DENY]).await.expect("deleted");
        for partition in 0..4 {
            pair.wait_for(&table, partition, Writes::Taken).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trap_5_servers_come_at_different_times() {
    let pair = Pair::as_recorded(Version::V2_6, 5);
    let table = pair.table(&[]).await;
    pair.duplicate().await;
    pair.meta.set_envs("orders", &[(DENY, "reconfig*write")]).await.expect("set");
    let begun = Instant::now();
    let mut fenced = [None; 3];
    while fenced.contains(&None) {
        for (server, fenced) in fenced.iter_mut().enumerate() {
            // Every server holds every partition; who is the primary does not matter.
            let said = probe_at(&pair, &table, 0, server).await;
            if said.as_deref() == Some("ERR_INVALID_STATE") {
                fenced.get_or_insert(begun.elapsed());
            } else {
                assert_eq!(said.as_deref(), Some("ERR_OPERATION_DISABLED"));
            }
        }
        sleep(Duration::from_millis(50)).await;
    }
    let (first, last) = (fenced.iter().min(), fenced.iter().max());
    assert!(*last.expect("three") >= first.expect("three").map(|at| at + Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn trap_6_atomic_writes_are_refused_from_the_next_config_sync_on() {
    for version in [Version::V2_5, Version::V2_6] {
        let pair = Pair::as_recorded(version, 6);
        let table = pair.table(&[]).await;
        assert_eq!(
            table.probe_writes(0, "boatlift-probe").await.expect("an answer"),
            Writes::TakenAlone
        );
        pair.meta.add_duplication(&to_b("orders", true)).await.expect("added");
        let after = pair.wait_for(&table, 0, Writes::Taken).await;
        assert!(after > Duration::from_millis(50) && after <= Duration::from_secs(31));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fence_is_copied_and_refuses_the_duplications_own_writes() {
    let pair = Pair::as_recorded(Version::V2_6, 8);
    let table = pair.table(&[]).await;
    table.put(&key(1), b"v", Expiry::NEVER).await.expect("written");
    pair.meta.set_envs("orders", &[(DENY, "reconfig*write")]).await.expect("set");
    pair.duplicate().await;
    pair.meta.delete_envs("orders", &[DENY]).await.expect("deleted");
    let upper = Meta::new(pair.upper.metas(), &pair.options);
    let follower = upper.table("orders").await.expect("tables").expect("the follower");
    assert_eq!(follower.envs[DENY], "reconfig*write");
    pair.wait_for(&table, 0, Writes::Taken).await;
    sleep(Duration::from_secs(31)).await;
    for number in 2..12 {
        let written = table.put(&key(number), b"v", Expiry::NEVER).await;
        written.expect("the fence was taken away here");
    }
    sleep(Duration::from_secs(25)).await;
    assert_eq!(pair.upper.rows("orders").len(), 1, "the checkpoint came, nothing else does");
    assert_eq!(pair.status().await, DuplicationStatus::Log);
    upper.delete_envs("orders", &[DENY]).await.expect("deleted");
    sleep(Duration::from_secs(31 + 201)).await;
    assert_eq!(pair.upper.rows("orders").len(), 11);
}

#[tokio::test(start_paused = true)]
async fn the_flag_of_config_syncs_changes_and_the_timer_of_2_6_does_not() {
    for (version, is_quick) in [(Version::V2_5, true), (Version::V2_6, false)] {
        let pair = Pair::as_recorded(version, 14);
        let table = pair.table(&[]).await;
        pair.duplicate().await;
        for endpoint in pair.lower.replicas() {
            let server = Server::new(endpoint, pair.options.clone());
            server.update_flag("config_sync_interval_ms", "1000").await.expect("it says yes");
            let flag = server.flag("config_sync_interval_ms").await.expect("a flag");
            assert_eq!(flag.value, "1000");
        }
        // The old tick runs out first.
        sleep(Duration::from_secs(31)).await;
        let mut longest = Duration::ZERO;
        for round in 0..4 {
            let refused = round % 2 == 0;
            match refused {
                true => pair.meta.set_envs("orders", &[(DENY, "reconfig*write")]).await,
                false => pair.meta.delete_envs("orders", &[DENY]).await,
            }
            .expect("changed");
            let writes = if refused { Writes::Refused } else { Writes::Taken };
            longest = longest.max(pair.wait_for(&table, 0, writes).await);
        }
        assert_eq!(longest < Duration::from_millis(1100), is_quick, "{longest:?}");
        pair.lower.kill(0);
        pair.lower.revive(0);
        let server = Server::new(pair.lower.replicas()[0].clone(), pair.options.clone());
        let flag = server.flag("config_sync_interval_ms").await.expect("a flag");
        assert_eq!(flag.value, "30000", "a restart forgets it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_accepted_outlives_the_fence() {
    let lower = Settings::as_recorded("a", Version::V2_6, 15);
    let lower = Settings { config_sync: Duration::from_secs(1), sticks_once_in: 0, ..lower };
    let pair = Pair::new(lower, Settings::as_recorded("b", Version::V2_6, 15));
    let table = pair.table(&[]).await;
    pair.duplicate().await;
    let partition = usize::try_from(key(1).partition_hash() % 4).expect("a partition");
    pair.lower.hold("orders", partition, Hold::Log);
    let writing = tokio::spawn({
        let table = Arc::clone(&table);
        async move { table.put(&key(1), b"v", Expiry::NEVER).await }
    });
    sleep(Duration::from_millis(100)).await;
    pair.meta.set_envs("orders", &[(DENY, "reconfig*write")]).await.expect("set");
    for partition in 0..4 {
        pair.wait_for(&table, partition, Writes::Refused).await;
    }
    let primary = pair.lower.primary("orders", partition).expect("a primary");
    let server = Server::new(pair.lower.replicas()[primary].clone(), pair.options.clone());
    let progress = server.progress(table.config().app_id).await.expect("decrees");
    let gpid = table.gpid(u32::try_from(partition).expect("small"));
    let (_, held) = progress.iter().find(|(place, _)| place.gpid == gpid).expect("a replica");
    assert_eq!(held.max_prepared_decree, held.last_committed_decree + 1);
    pair.lower.hold("orders", partition, Hold::Nothing);
    writing.await.expect("joined").expect("acknowledged after the fence");
    assert_eq!(pair.lower.rows("orders").len(), 1);
}
