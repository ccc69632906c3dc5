//! Recorded answers over HTTP, served again byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use boatlift_clients::pegasus::{Dialer, Options, PegasusError, Server, Stream};
use boatlift_clients::wire::Endpoint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server that gives one recorded answer to every question, and notes the questions.
fn replaying(recorded: &'static str) -> (Server, Arc<Mutex<String>>) {
    let asked = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&asked);
    let (_, answer) = recorded.split_once("\n\n").expect("a request line and an answer");
    let (head, body) = answer.replace('\r', "").split_once("\n\n").map_or_else(
        || panic!("no HTTP answer"),
        |(head, body)| (head.replace('\n', "\r\n"), body.to_owned()),
    );
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length: usize = length.expect("a length").trim().parse().expect("a number");
    let answer = format!("{head}\r\n\r\n{}", &body[..length]);
    let dialer = Dialer::by(move |_| {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let (answer, noted) = (answer.clone(), Arc::clone(&noted));
        tokio::spawn(async move {
            let mut request = vec![0; 4096];
            let count = theirs.read(&mut request).await.expect("reads");
            let text = String::from_utf8_lossy(&request[..count]).into_owned();
            let line = text.lines().next().unwrap_or_default().to_owned();
            *noted.lock().expect("a lock") = line;
            theirs.write_all(answer.as_bytes()).await.expect("writes");
        });
        Box::pin(async move { Ok(Box::new(ours) as Box<dyn Stream>) })
    });
    let options = Options { dialer, call_timeout: Duration::from_secs(10) };
    (Server::new(Endpoint::new("127.0.0.1", 34801), options), asked)
}

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("recorded/http-", $name, ".txt"))
    };
}

#[tokio::test]
async fn versions() {
    for (recorded, version) in [
        (recorded!("2.5.0/meta-version"), "2.5.0"),
        (recorded!("2.6.0/meta-version"), "2.6.0-SNAPSHOT"),
    ] {
        let (server, asked) = replaying(recorded);
        assert_eq!(server.version().await.expect("a version").version, version);
        assert_eq!(*asked.lock().expect("a lock"), "GET /version HTTP/1.1");
    }
}

#[tokio::test]
async fn backlogs_of_both_versions() {
    for (recorded, not_duplicated, remote) in [
        (recorded!("2.5.0/replica-duplication-backlog"), 103, None),
        (recorded!("2.6.0/replica-duplication-backlog"), 100, Some("orders")),
    ] {
        let (server, asked) = replaying(recorded);
        let backlogs = server.backlogs(3).await.expect("backlogs");
        let (_, partitions) = backlogs.first_key_value().expect("a duplication");
        let (_, backlog) = partitions.first_key_value().expect("a partition");
        assert_eq!(backlog.not_duplicated, not_duplicated);
        assert_eq!(backlog.remote_app_name.as_deref(), remote);
        assert_eq!(*asked.lock().expect("a lock"), "GET /replica/duplication?appid=3 HTTP/1.1");
    }
    let (server, _) = replaying(recorded!("2.5.0/replica-duplication-none"));
    assert!(server.backlogs(1).await.expect("an answer").is_empty());
}

#[tokio::test]
async fn settings_and_data_versions() {
    let (server, _) = replaying(recorded!("2.6.0/replica-config-config-sync"));
    let flag = server.flag("config_sync_interval_ms").await.expect("a setting");
    assert_eq!((flag.value.as_str(), flag.tags.as_str()), ("30000", "flag_tag::FT_MUTABLE"));
    let (server, _) = replaying(recorded!("2.6.0/replica-data-version"));
    let versions = server.data_versions(3).await.expect("versions");
    assert_eq!(
        versions.into_iter().collect::<Vec<_>>(),
        (0..4).map(|index| (index, "1".to_owned())).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn metrics_of_both_generations() {
    let (server, _) = replaying(recorded!("2.5.0/metrics"));
    assert_eq!(server.metrics("types=replica").await.expect("an answer"), None);
    let (server, _) = replaying(recorded!("2.5.0/perfcounter-dup-pending"));
    let counter = server.perf_counter("replica*eon.replica_stub*dup.pending_mutations_count").await;
    assert_eq!(counter.expect("an answer").expect("a counter")["value"], "2.00");
    let (server, _) = replaying(recorded!("2.6.0/metrics-dup-backlog"));
    let metrics = server.metrics("types=replica").await.expect("an answer").expect("metrics");
    assert_eq!(metrics["entities"][0]["id"], "replica@3.1");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, _) = replaying(recorded!("2.6.0/meta-cluster-nonleader"));
    let error = server.get("/meta/cluster").await.expect_err("a redirect");
    assert!(matches!(error, PegasusError::Status { status: 307, .. }), "{error}");
}
