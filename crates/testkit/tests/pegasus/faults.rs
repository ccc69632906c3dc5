//! Servers that die, hang, mislead or refuse, and tails that stick, on simulated time.

use std::time::Duration;

use boatlift_clients::pegasus::structs::{DuplicationStatus, NodeStatus};
use boatlift_clients::pegasus::{Expiry, PegasusError, Server};
use boatlift_testkit::fake_pegasus::{Security, Settings, Version};
use tokio::time::{Instant, sleep};

use crate::simulated::{Pair, key};

#[tokio::test(start_paused = true)]
async fn trap_10_a_meta_server_that_does_not_lead_misleads_over_http() {
    let pair = Pair::as_recorded(Version::V2_6, 10);
    pair.table(&[]).await;
    let follower = Server::new(pair.lower.metas()[1].clone(), pair.options.clone());
    let error = follower.get("/meta/cluster").await.expect_err("a redirect");
    assert!(matches!(error, PegasusError::Status { status: 307, .. }), "{error}");

    let pair = Pair::as_recorded(Version::V2_5, 10);
    pair.table(&[]).await;
    let follower = Server::new(pair.lower.metas()[1].clone(), pair.options.clone());
    let said = follower.get("/meta/apps").await.expect("an answer from nothing");
    assert!(String::from_utf8_lossy(&said).contains(r#""total_app_count":"0""#));
    let error = follower.get("/meta/app_envs?name=orders").await.expect_err("not found");
    assert!(matches!(error, PegasusError::Status { status: 404, .. }), "{error}");
    follower.get("/meta/cluster").await.expect_err("it dies");
    assert!(pair.lower.death().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stuck_tail_comes_loose_by_a_pause_of_both_syncs() {
    let lower = Settings { sticks_once_in: 1, ..Settings::as_recorded("a", Version::V2_6, 16) };
    let pair = Pair::new(lower, Settings::as_recorded("b", Version::V2_6, 16));
    let table = pair.table(&[]).await;
    let app_id = table.config().app_id;
    let (dupid, _) = pair.duplicate().await;
    table.put(&key(1), b"v", Expiry::NEVER).await.expect("written");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(pair.backlog(app_id).await.0, 1);
    let begun = Instant::now();
    let status = DuplicationStatus::Pause;
    pair.meta.set_duplication_status("orders", dupid, status).await.expect("paused");
    while pair.backlog(app_id).await.1 > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    let status = DuplicationStatus::Log;
    pair.meta.set_duplication_status("orders", dupid, status).await.expect("started");
    while pair.backlog(app_id).await != (0, 4) {
        sleep(Duration::from_millis(100)).await;
    }
    assert!((10..=21).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_followed_by_another_primary_that_ships_on() {
    let pair = Pair::as_recorded(Version::V2_6, 17);
    let table = pair.table(&[]).await;
    pair.duplicate().await;
    for number in 0..50 {
        table.put(&key(number), b"1", Expiry::NEVER).await.expect("written");
    }
    let ballot = table.config().partitions[0].ballot;
    let dead = pair.lower.primary("orders", 0).expect("a primary");
    pair.lower.kill(dead);
    let error = table.put(&key(0), b"2", Expiry::NEVER).await;
    assert!(error.is_ok() || error.is_err_and(|error| error.code().is_none()));
    sleep(Duration::from_secs(26)).await;
    for number in 0..50 {
        table.put(&key(number), b"3", Expiry::NEVER).await.expect("written");
    }
    let config = table.refresh().await.expect("partitions");
    assert_eq!(config.partitions[0].ballot, ballot + 1);
    assert_ne!(pair.lower.primary("orders", 0), Some(dead));
    sleep(Duration::from_secs(250)).await;
    assert_eq!(pair.upper.rows("orders"), pair.lower.rows("orders"));
    pair.lower.revive(dead);
    let nodes = NodeStatus::Alive;
    assert_eq!(pair.meta.list_nodes(nodes).await.expect("nodes").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_with_sasl_is_refused_in_plain_words() {
    let lower = Settings::as_recorded("a", Version::V2_6, 19);
    let lower = Settings { security: Security::Sasl, ..lower };
    let pair = Pair::new(lower, Settings::as_recorded("b", Version::V2_6, 19));
    let error = pair.meta.cluster_info().await.expect_err("refused");
    assert!(matches!(error, PegasusError::Secured { .. }), "{error}");
    let said = "it has enable_auth, and this client has no SASL (Kerberos)";
    assert!(error.to_string().ends_with(said), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_meta_server_that_hangs_costs_one_call_and_the_next_is_asked() {
    let pair = Pair::as_recorded(Version::V2_6, 20);
    pair.lower.freeze_meta(0);
    let error = pair.meta.cluster_info().await.expect_err("it was asked, and hangs");
    assert!(matches!(error, PegasusError::Timeout { .. }), "{error}");
    pair.lower.lead_by(1);
    assert_eq!(pair.meta.cluster_info().await.expect("the next one")["cluster_name"], "a");
}
