//! What looks shipped and is not, on simulated time.

use std::time::Duration;

use boatlift_clients::pegasus::structs::DuplicationStatus;
use boatlift_clients::pegasus::{Expiry, Meta, NewTable, Server};
use boatlift_testkit::fake_pegasus::Version;
use tokio::time::sleep;

use crate::simulated::{Pair, key, to_b};

#[tokio::test(start_paused = true)]
async fn trap_1_and_2_progress_looks_complete_while_the_backlog_grows() {
    for version in [Version::V2_5, Version::V2_6] {
        let pair = Pair::as_recorded(version, 1);
        let table = pair.table(&[]).await;
        let app_id = table.config().app_id;
        let (dupid, _) = pair.duplicate().await;
        let paused = DuplicationStatus::Pause;
        pair.meta.set_duplication_status("orders", dupid, paused).await.expect("paused");
        while pair.backlog(app_id).await.1 > 0 {
            sleep(Duration::from_millis(100)).await;
        }
        for number in 0..400 {
            table.put(&key(number), b"v", Expiry::NEVER).await.expect("written");
        }
        sleep(Duration::from_secs(30)).await;
        assert!(pair.backlog(app_id).await.0 >= 400);
        let entries = pair.meta.query_duplications("orders").await.expect("entries");
        match &entries[0].partition_states {
            Some(states) => {
                let mut states = states.values();
                assert!(states.all(|state| state.confirmed_decree == state.last_committed_decree));
            }
            None => assert_eq!(version, Version::V2_5),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trap_2_the_newest_mutation_of_2_5_waits_for_an_empty_one() {
    let pair = Pair::as_recorded(Version::V2_5, 2);
    let table = pair.table(&[]).await;
    let app_id = table.config().app_id;
    pair.duplicate().await;
    table.put(&key(1), b"v", Expiry::NEVER).await.expect("written");
    for _ in 0..100 {
        sleep(Duration::from_secs(1)).await;
        assert!(pair.backlog(app_id).await.0 > 0, "it never falls to nothing");
    }
    assert_eq!(pair.upper.rows("orders").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn trap_3_counters_are_old_and_say_little() {
    let pair = Pair::as_recorded(Version::V2_6, 3);
    let table = pair.table(&[]).await;
    let app_id = table.config().app_id;
    pair.duplicate().await;
    for server in 0..3 {
        pair.upper.kill(server);
    }
    for number in 0..200 {
        table.put(&key(number), b"v", Expiry::NEVER).await.expect("written");
    }
    sleep(Duration::from_secs(11)).await;
    let query = format!("types=replica&attributes=table_id,{app_id}");
    let (mut pending, mut failed) = (0, 0);
    for endpoint in pair.lower.replicas() {
        let server = Server::new(endpoint, pair.options.clone());
        let metrics = server.metrics(&query).await.expect("an answer").expect("metrics");
        for entity in metrics["entities"].as_array().expect("entities") {
            for metric in entity["metrics"].as_array().expect("metrics") {
                let value = metric["value"].as_i64().expect("a number");
                match metric["name"].as_str() {
                    Some("dup_pending_mutations") => pending += value,
                    Some("dup_shipped_failed_requests") => failed += value,
                    _ => {}
                }
            }
        }
        let said = server.command("perf-counters-by-substr", &["dup."]).await.expect("an answer");
        assert!(said.contains(r#""counters":[]"#), "{said}");
    }
    assert_eq!((pending, failed), (200, 0), "the other cluster is dead");
}

#[tokio::test(start_paused = true)]
async fn trap_3_counters_of_2_5_match_by_part_of_a_name() {
    let pair = Pair::as_recorded(Version::V2_5, 3);
    pair.table(&[]).await;
    pair.duplicate().await;
    sleep(Duration::from_secs(11)).await;
    let server = Server::new(pair.lower.replicas()[0].clone(), pair.options.clone());
    assert_eq!(server.metrics("types=replica").await.expect("an answer"), None);
    let said = server.command("perf-counters-by-substr", &["pending_mutations_count"]).await;
    let said = said.expect("an answer");
    assert!(said.contains("replica*eon.replica_stub*dup.pending_mutations_count"), "{said}");
    let said = server.command("perf-counters-by-substr", &["dup_shipped_ops@"]).await;
    assert!(said.expect("an answer").contains("dup_shipped_ops@1."));
}

#[tokio::test(start_paused = true)]
async fn trap_4_what_came_before_the_primaries_heard_is_lost_and_no_backlog_says_so() {
    let pair = Pair::as_recorded(Version::V2_6, 4);
    let table = pair.table(&[]).await;
    let upper = Meta::new(pair.upper.metas(), &pair.options);
    let same = NewTable { name: "orders".to_owned(), partitions: 4, replicas: 3, envs: [].into() };
    pair.meta.add_duplication(&to_b("orders", false)).await.expect("added");
    upper.create_app(&same).await.expect("made after, and nobody minds");
    for number in 0..20 {
        table.put(&key(number), b"early", Expiry::NEVER).await.expect("written");
    }
    sleep(Duration::from_secs(11)).await;
    for number in 20..40 {
        table.put(&key(number), b"late", Expiry::NEVER).await.expect("written");
    }
    sleep(Duration::from_secs(101)).await;
    sleep(Duration::from_secs(101)).await;
    assert_eq!(pair.upper.rows("orders").len(), 20);
    assert_eq!(pair.backlog(table.config().app_id).await, (0, 4));
}
