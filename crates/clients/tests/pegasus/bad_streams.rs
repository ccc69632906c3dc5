//! Servers that cannot be reached, fall silent, or leave out what they were asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boatlift_clients::pegasus::rpc::CLEAR_SCANNER;
use boatlift_clients::pegasus::structs::{KeyValue, NodeStatus, ScanResponse, StorageStatus};
use boatlift_clients::pegasus::wire::{Blob, decode_request, encode_response, request_length};
use boatlift_clients::pegasus::{
    Dialer, Expiry, Meta, NewTable, Options, PegasusError, Place, ScanFrom, ScanOptions, Server,
    Stream, Table,
};
use boatlift_clients::thrift::Effect;
use boatlift_clients::wire::Endpoint;
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version, dialer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::cluster::key;

fn simulated(cluster: &FakeCluster) -> Options {
    Options { dialer: dialer(&[cluster]), call_timeout: Duration::from_secs(4) }
}

#[tokio::test(start_paused = true)]
async fn a_meta_server_that_nobody_reaches_does_not_cost_the_call() {
    let cluster = FakeCluster::simulated(Settings::new("a", Version::V2_6));
    cluster.lead_by(1);
    let (silent, real) = (cluster.metas()[0].port, dialer(&[&cluster]));
    let dialer = Dialer::by(move |endpoint| match endpoint.port == silent {
        true => Box::pin(std::future::pending()),
        false => real.dial(endpoint),
    });
    let options = Options { dialer, call_timeout: Duration::from_secs(4) };
    let meta = Meta::new(cluster.metas(), &options);
    let begun = Instant::now();
    assert_eq!(meta.list_nodes(NodeStatus::Alive).await.expect("the next one").len(), 3);
    assert_eq!(begun.elapsed().as_secs(), 2, "half of a call");
    let alone = Server::new(cluster.metas()[0].clone(), options);
    let error = alone.version().await.expect_err("nobody");
    assert!(matches!(error, PegasusError::Connect { .. }), "{error}");
    assert_eq!(error.effect(), Effect::None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fell_silent_is_not_used_again() {
    let cluster = FakeCluster::simulated(Settings::new("a", Version::V2_6));
    let (real, dialled) = (dialer(&[&cluster]), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&dialled);
    let dialer = Dialer::by(move |endpoint| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Box::pin(async {
            // The other end is kept, and says nothing.
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            std::mem::forget(theirs);
            Ok(Box::new(ours) as Box<dyn Stream>)
        }),
        _ => real.dial(endpoint),
    });
    let options = Options { dialer, call_timeout: Duration::from_secs(4) };
    let meta = Meta::new(cluster.metas()[..1].to_vec(), &options);
    let error = meta.cluster_info().await.expect_err("silence");
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert_eq!(meta.cluster_info().await.expect("another stream")["cluster_name"], "a");
    assert_eq!(dialled.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stream_on_which_others_are_answered_is_kept() {
    let cluster = FakeCluster::simulated(Settings::new("a", Version::V2_6));
    let (real, dialled) = (dialer(&[&cluster]), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&dialled);
    let dialer = Dialer::by(move |endpoint| {
        count.fetch_add(1, Ordering::Relaxed);
        real.dial(endpoint)
    });
    let options = Options { dialer, ..simulated(&cluster) };
    let meta = Arc::new(Meta::new(cluster.metas(), &options));
    let new = NewTable { name: "orders".to_owned(), partitions: 1, replicas: 1, envs: [].into() };
    meta.create_app(&new).await.expect("made");
    let table = Arc::new(Table::open(Arc::clone(&meta), "orders", options).await.expect("found"));
    let deny = [("replica.deny_client_request", "timeout*write")];
    table.put(&key("h", "s"), b"1", Expiry::NEVER).await.expect("written");
    meta.set_envs("orders", &deny).await.expect("set");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = dialled.load(Ordering::Relaxed);
    let reading = tokio::spawn({
        let table = Arc::clone(&table);
        async move {
            for _ in 0..8 {
                table.get(&key("h", "s")).await.expect("read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    });
    let error = table.put(&key("h", "s"), b"2", Expiry::NEVER).await.expect_err("silence");
    assert!(matches!(error, PegasusError::Timeout { .. }), "{error}");
    reading.await.expect("all was read");
    assert_eq!(dialled.load(Ordering::Relaxed), before);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_answer_has_a_limit_too() {
    let dialer = Dialer::by(|_| {
        Box::pin(async {
            // A byte fits, and no request.
            let (ours, theirs) = tokio::io::duplex(1);
            std::mem::forget(theirs);
            Ok(Box::new(ours) as Box<dyn Stream>)
        })
    });
    let options = Options { dialer, call_timeout: Duration::from_secs(4) };
    let server = Server::new(Endpoint::new("127.0.0.1", 1), options);
    let begun = Instant::now();
    let error = loop {
        // The queue takes some.
        if let Err(error) = server.tell(CLEAR_SCANNER, Place::Server, &7_i64).await {
            break error;
        }
    };
    assert!(matches!(error, PegasusError::Timeout { .. }), "{error}");
    assert_eq!(begun.elapsed().as_secs(), 4);
}

/// A server that answers every scan with a record without its expiry.
async fn forgetful(mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin) {
    let mut start = [0; 20];
    while stream.read_exact(&mut start).await.is_ok() {
        let mut frame = start.to_vec();
        frame.resize(request_length(&start).expect("a request"), 0);
        stream.read_exact(&mut frame[20..]).await.expect("its rest");
        let request = decode_request(&frame).expect("a request");
        let record = KeyValue {
            key: Blob(b"\0\x01hs".to_vec()),
            value: Blob(b"v".to_vec()),
            expire_ts_seconds: None,
        };
        let answer = ScanResponse {
            error: StorageStatus::Ok,
            kvs: vec![record],
            context_id: ScanResponse::END,
            app_id: 1,
            partition_index: 0,
            server: String::new(),
            kv_count: None,
        };
        let name = format!("{}_ACK", request.name);
        let bytes = encode_response("ERR_OK", &name, request.sequence, Some(&answer));
        stream.write_all(&bytes).await.expect("sent");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_without_its_expiry_does_not_count_as_one_that_stays() {
    let cluster = FakeCluster::simulated(Settings::new("a", Version::V2_6));
    let (metas, real) = (cluster.metas(), dialer(&[&cluster]));
    let dialer = Dialer::by(move |endpoint| match metas.contains(&endpoint) {
        true => real.dial(endpoint),
        false => Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            tokio::spawn(forgetful(theirs));
            Ok(Box::new(ours) as Box<dyn Stream>)
        }),
    });
    let options = Options { dialer, call_timeout: Duration::from_secs(4) };
    let meta = Arc::new(Meta::new(cluster.metas(), &options));
    let new = NewTable { name: "orders".to_owned(), partitions: 1, replicas: 1, envs: [].into() };
    meta.create_app(&new).await.expect("made");
    let table = Arc::new(Table::open(meta, "orders", options).await.expect("found"));
    let mut scan = table.scan(0, ScanFrom::Start, ScanOptions::default()).expect("a primary");
    let error = scan.next().await.expect_err("half a record");
    assert!(matches!(error, PegasusError::Malformed { .. }), "{error}");
    assert_eq!(error.effect(), Effect::Unknown);
}
