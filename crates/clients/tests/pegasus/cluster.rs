//! The client against a cluster in this process, which answers in the bytes of both versions.

use std::sync::Arc;
use std::time::Duration;

use boatlift_clients::pegasus::hash::crc64;
use boatlift_clients::pegasus::rpc;
use boatlift_clients::pegasus::structs::{NodeStatus, UpdateRequest};
use boatlift_clients::pegasus::{
    Expiry, Key, Meta, NewTable, Options, PegasusError, Place, Record, ScanFrom, ScanOptions,
    Table, Writes,
};
use boatlift_testkit::fake_pegasus::{FakeCluster, Settings, Version, dialer};

pub(crate) fn options() -> Options {
    Options { call_timeout: Duration::from_secs(5), ..Options::default() }
}

pub(crate) fn meta_of(cluster: &FakeCluster) -> Arc<Meta> {
    Arc::new(Meta::new(cluster.metas(), &options()))
}

pub(crate) async fn table_of(meta: &Arc<Meta>, name: &str) -> Arc<Table> {
    let table = NewTable { name: name.to_owned(), partitions: 4, replicas: 2, envs: [].into() };
    meta.create_app(&table).await.expect("the table is made");
    Arc::new(Table::open(Arc::clone(meta), name, options()).await.expect("the table is found"))
}

pub(crate) fn key(hash_key: impl Into<Vec<u8>>, sort_key: &str) -> Key {
    Key::new(hash_key, sort_key).expect("a key")
}

async fn all_records(table: &Arc<Table>, options: ScanOptions) -> Vec<Record> {
    let mut all = Vec::new();
    for partition in 0..table.partitions() {
        let mut scan = table.scan(partition, ScanFrom::Start, options).expect("a primary");
        let before = all.len();
        while let Some(batch) = scan.next().await.expect("a batch") {
            assert!(batch.len() <= usize::from(options.batch));
            all.extend(batch);
        }
        assert!(all[before..].is_sorted_by(|one, next| one.key < next.key));
    }
    all
}

#[tokio::test]
async fn the_leader_is_found_wherever_it_is() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let meta = meta_of(&cluster);
    for leader in [1, 0, 1] {
        cluster.lead_by(leader);
        let info = meta.cluster_info().await.expect("a leader");
        assert_eq!(info["cluster_name"], "a");
        assert_eq!(meta.leader().endpoint(), &cluster.metas()[leader]);
        assert_eq!(meta.list_nodes(NodeStatus::Alive).await.expect("nodes").len(), 3);
    }
    let follower = Meta::new(
        [cluster.metas()[0].clone()],
        &Options { call_timeout: Duration::from_millis(300), ..Options::default() },
    );
    let error = follower.cluster_info().await.expect_err("it does not lead");
    assert!(matches!(error, PegasusError::NoLeader { .. }), "{error}");
}

#[tokio::test]
async fn records_are_written_read_scanned_and_removed() {
    for version in [Version::V2_5, Version::V2_6] {
        let cluster = FakeCluster::start(Settings::new("a", version)).await;
        let table = table_of(&meta_of(&cluster), "orders").await;
        let mut hash_keys: Vec<Vec<u8>> = (0..200_u8).map(|byte| vec![byte; 3]).collect();
        hash_keys.extend([Vec::new(), vec![0xff; Key::LONGEST_HASH_KEY]]);
        for hash_key in &hash_keys {
            let key = key(hash_key.clone(), "s");
            table.put(&key, hash_key, Expiry::from_wire(400_000_000)).await.expect("written");
            assert_eq!(table.get(&key).await.expect("read").as_ref(), Some(hash_key));
        }
        let batch = ScanOptions { batch: 7, ..ScanOptions::default() };
        let records = all_records(&table, batch).await;
        assert_eq!(records.len(), hash_keys.len());
        assert!(records.iter().all(|record| record.expiry == Expiry::from_wire(400_000_000)));
        let many = [(b"1".to_vec(), b"a".to_vec()), (b"2".to_vec(), b"b".to_vec())];
        table.multi_put(b"many", &many, Expiry::NEVER).await.expect("written");
        assert_eq!(table.get(&key("many", "2")).await.expect("read"), Some(b"b".to_vec()));
        table.remove(&key("many", "2")).await.expect("removed");
        assert_eq!(table.get(&key("many", "2")).await.expect("read"), None);
        assert_eq!(cluster.death(), None, "every hash was right");
    }
}

#[tokio::test]
async fn a_scan_goes_on_after_a_key() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let table = table_of(&meta_of(&cluster), "orders").await;
    for sort_key in ["1", "2", "3", "4"] {
        table.put(&key("h", sort_key), b"v", Expiry::NEVER).await.expect("written");
    }
    let partition = u32::try_from(crc64(b"h") % 4).expect("a partition");
    let batch = ScanOptions { batch: 1, ..ScanOptions::default() };
    let mut scan = table.scan(partition, ScanFrom::Start, batch).expect("a primary");
    let first = scan.next().await.expect("a batch").expect("records");
    scan.close().await.expect("closed");
    let from = ScanFrom::After(first[0].key.clone());
    let mut scan = table.scan(partition, from, ScanOptions::default()).expect("a primary");
    let rest = scan.next().await.expect("a batch").expect("records");
    let keys: Vec<_> = rest.iter().map(|record| record.key.clone()).collect();
    let expected = ["2", "3", "4"].map(|sort_key| key("h", sort_key).to_blob().0);
    assert_eq!(keys, expected);
    assert_eq!(scan.next().await.expect("an end"), None);
}

#[tokio::test]
async fn a_moved_primary_is_looked_up_again() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let table = table_of(&meta_of(&cluster), "orders").await;
    table.put(&key("h", "s"), b"1", Expiry::NEVER).await.expect("written");
    let partition = usize::try_from(crc64(b"h") % 4).expect("a partition");
    cluster.move_primary("orders", partition, (partition + 2) % 3);
    table.put(&key("h", "s"), b"2", Expiry::NEVER).await.expect("written");
    assert_eq!(table.config().partitions[partition].ballot, 4);
}

#[tokio::test]
async fn a_table_that_refuses_by_silence_costs_the_time_limit() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_5)).await;
    let meta = meta_of(&cluster);
    table_of(&meta, "orders").await;
    let envs = [("replica.deny_client_request", "timeout*write")];
    meta.set_envs("orders", &envs).await.expect("set");
    let short = Options { call_timeout: Duration::from_millis(150), ..Options::default() };
    let table = Table::open(meta, "orders", short).await.expect("the table is found");
    let error = loop {
        match table.put(&key("h", "s"), b"v", Expiry::NEVER).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, PegasusError::Timeout { .. }), "{error}");
    assert!(table.get(&key("h", "s")).await.expect("reads go on").is_some());
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_the_stream_usable() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let options = Options { dialer: dialer(&[&cluster]), ..options() };
    let meta = Arc::new(Meta::new(cluster.metas(), &options));
    table_of(&meta, "orders").await;
    let table = Table::open(meta, "orders", options).await.expect("the table is found");
    for wait in 0..20 {
        let limit = Duration::from_micros(wait * 10);
        let key = key("h", "s");
        drop(tokio::time::timeout(limit, table.get(&key)).await);
    }
    let keys: Vec<_> = (0..50).map(|number| key(format!("h{number}"), "s")).collect();
    let puts = keys.iter().map(|key| table.put(key, key.hash_key(), Expiry::NEVER));
    for put in puts {
        put.await.expect("written");
    }
    for key in &keys {
        assert_eq!(table.get(key).await.expect("read").as_deref(), Some(key.hash_key()));
    }
}

#[tokio::test]
async fn a_wrong_hash_ends_the_server() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let table = table_of(&meta_of(&cluster), "orders").await;
    let key = key("h", "s");
    let partition = u32::try_from(crc64(b"h") % 4).expect("a partition");
    let request =
        UpdateRequest { key: key.to_blob(), value: b"v"[..].into(), expire_ts_seconds: 0 };
    let place = Place::Partition { gpid: table.gpid(partition), hash: crc64(b"h") ^ 4 };
    let server = table.primary(partition).expect("a primary");
    let error = server.call::<rpc::Put>(place, &request).await.expect_err("it dies");
    assert!(matches!(error, PegasusError::Lost { .. }), "{error}");
    assert!(cluster.death().is_some());
}

#[tokio::test]
async fn a_table_that_is_not_duplicated_takes_the_probe_as_a_write() {
    let cluster = FakeCluster::start(Settings::new("a", Version::V2_6)).await;
    let table = table_of(&meta_of(&cluster), "orders").await;
    for partition in 0..4 {
        let writes = table.probe_writes(partition, "boatlift-probe").await.expect("an answer");
        assert_eq!(writes, Writes::TakenAlone);
    }
    assert!(cluster.rows("orders").is_empty());
    assert_eq!(cluster.death(), None);
}
