//! Meta-proxies: who is sent where after the node changed, and what is bad about them.

use std::sync::Arc;

use boatlift_clients::pegasus::{
    Expiry, Meta, NewTable, Options, PegasusError, ProxyEntry, Routing, Table, ask_proxy,
};
use boatlift_clients::wire::Endpoint;
use boatlift_clients::zookeeper::{Nodes, Options as ZooKeeperOptions, ZooKeeper};
use boatlift_testkit::fake_pegasus::dialer;
use boatlift_testkit::fake_pegasus::{FakeCluster, FakeProxy, ProxySettings, Settings, Version};
use boatlift_testkit::fake_zookeeper::{FakeZooKeeper, Watched};
use boatlift_testkit::services::zookeeper::ZooKeeperServer;

use crate::drive;
use crate::simulated::key;

/// Two clusters with the same table, a node for it, and a proxy that reads the node.
struct Site {
    clusters: [FakeCluster; 2],
    zookeeper: FakeZooKeeper,
    proxy: FakeProxy,
    options: Options,
}

async fn make(cluster: &FakeCluster, options: &Options) -> Arc<Meta> {
    let meta = Arc::new(Meta::new(cluster.metas(), options));
    let envs = [].into();
    let table = NewTable { name: "orders".to_owned(), partitions: 4, replicas: 3, envs };
    meta.create_app(&table).await.expect("the table is made");
    meta
}

fn entry(cluster: &str, metas: &[Endpoint]) -> Vec<u8> {
    let metas: Vec<_> = metas.iter().map(ToString::to_string).collect();
    format!(r#"{{"cluster_name": "{cluster}", "meta_addrs": "{}"}}"#, metas.join(",")).into_bytes()
}

impl Site {
    async fn new() -> Self {
        let start = |name| FakeCluster::simulated(Settings::new(name, Version::V2_6));
        let clusters = [start("a"), start("b")];
        let streams = dialer(&[&clusters[0], &clusters[1]]);
        let options = Options { dialer: streams, ..Options::default() };
        for cluster in &clusters {
            make(cluster, &options).await;
        }
        let zookeeper = FakeZooKeeper::default();
        zookeeper.make("/proxy/orders", &entry("a", &clusters[0].metas()));
        let proxy = FakeProxy::simulated(ProxySettings {
            nodes: Arc::new(zookeeper.clone()),
            root: "/proxy".to_owned(),
            capacity: 2,
            options: options.clone(),
        });
        let options = Options { dialer: proxy.through(options.dialer.clone()), ..options };
        Self { clusters, zookeeper, proxy, options }
    }

    /// Where the proxy sends clients, held against one of the clusters.
    async fn asked(&self, wanted: usize) -> Result<Routing, PegasusError> {
        let meta = Meta::new(self.clusters[wanted].metas(), &self.options);
        let wanted = meta.query_config("orders").await.expect("an answer").expect("the table");
        ask_proxy(&self.proxy.endpoint(), &self.options, "orders", &wanted).await
    }

    async fn set(&self, bytes: &[u8]) {
        let node = self.zookeeper.read("/proxy/orders").await.expect("read").expect("a node");
        let version = node.stat.version;
        self.zookeeper.compare_and_set("/proxy/orders", bytes, version).await.expect("set");
        // The proxy reads it again.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    async fn switch(&self) {
        let node = self.zookeeper.read("/proxy/orders").await.expect("read").expect("a node");
        let old = ProxyEntry::read(&node.bytes).expect("an entry");
        assert_eq!(old.cluster_name(), "a");
        let new = old.pointing_to("b", &self.clusters[1].metas()).expect("an entry");
        self.set(&new).await;
    }
}

#[tokio::test(start_paused = true)]
async fn clients_are_sent_on_when_the_node_changes() {
    let site = Site::new().await;
    assert_eq!(site.asked(0).await.expect("an answer"), Routing::Wanted);
    let before = site.asked(1).await.expect("an answer");
    assert!(matches!(&before, Routing::Other { primaries, .. } if primaries.len() == 4));
    let meta = Arc::new(Meta::new([site.proxy.endpoint()], &site.options));
    let table = Table::open(meta, "orders", site.options.clone()).await.expect("by the proxy");
    table.put(&key(1), b"v", Expiry::NEVER).await.expect("written");
    assert_eq!(
        (site.clusters[0].rows("orders").len(), site.clusters[1].rows("orders").len()),
        (1, 0)
    );
    site.switch().await;
    assert_eq!(site.asked(1).await.expect("an answer"), Routing::Wanted);
    table.refresh().await.expect("by the proxy");
    table.put(&key(2), b"v", Expiry::NEVER).await.expect("written");
    assert_eq!(
        (site.clusters[0].rows("orders").len(), site.clusters[1].rows("orders").len()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_lost_its_session_stays_with_the_old_cluster() {
    let site = Site::new().await;
    assert_eq!(site.asked(0).await.expect("an answer"), Routing::Wanted);
    site.zookeeper.end_sessions();
    site.switch().await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(site.asked(0).await.expect("an answer"), Routing::Wanted);
    assert!(matches!(site.asked(1).await, Ok(Routing::Other { .. })));
    site.proxy.restart();
    assert_eq!(site.asked(1).await.expect("an answer"), Routing::Wanted);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_read_ends_the_proxy() {
    let site = Site::new().await;
    site.asked(0).await.expect("an answer");
    site.set(b"{\"cluster_name\": ").await;
    assert!(site.proxy.panic().is_some_and(|reason| reason.contains("JSON")));
    assert!(site.asked(0).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_table_and_too_few_meta_servers_have_answers_of_their_own() {
    let site = Site::new().await;
    site.zookeeper.set_down(true);
    let error = site.asked(0).await.expect_err("nothing is known");
    assert_eq!(error.code(), Some("ERR_ZOOKEEPER_OPERATION"), "{error}");
    site.zookeeper.set_down(false);
    site.set(&entry("b", &site.clusters[1].metas()[..1])).await;
    let error = site.asked(0).await.expect_err("one meta server");
    assert_eq!(error.code(), Some("ERR_INVALID_DATA"), "{error}");
    let proxy = Meta::new([site.proxy.endpoint()], &site.options);
    assert!(proxy.query_config("nothing").await.expect("an answer").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_asked_for_lately_is_read_anew() {
    let site = Site::new().await;
    site.asked(0).await.expect("an answer");
    site.zookeeper.end_sessions();
    site.switch().await;
    let proxy = Meta::new([site.proxy.endpoint()], &site.options);
    for other in ["/proxy/one", "/proxy/two"] {
        site.zookeeper.make(other, &entry("a", &site.clusters[0].metas()));
        let name = other.trim_start_matches("/proxy/");
        assert!(proxy.query_config(name).await.expect("an answer").is_none());
    }
    assert_eq!(site.asked(1).await.expect("an answer"), Routing::Wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_goes_by_a_proxy_that_reads_a_real_zookeeper() {
    let zookeeper = ZooKeeperServer::start().expect("ZooKeeper starts");
    let settings = |name| Settings::new(name, Version::V2_5);
    let lower = FakeCluster::start(settings("a")).await;
    let upper = FakeCluster::start(settings("b")).await;
    let options = Options::default();
    make(&lower, &options).await;
    let upper_meta = make(&upper, &options).await;
    zookeeper.make("/proxy/orders", &entry("a", &lower.metas())).await;
    let nodes: Arc<dyn Watched> = Arc::new(zookeeper.client().await);
    let root = "/proxy".to_owned();
    let settings = ProxySettings { nodes, root, capacity: 8, options: options.clone() };
    let proxy = FakeProxy::start(settings).await;
    let (is_well, said) = drive(&[proxy.endpoint()]).await;
    assert!(is_well, "{said}");
    assert_eq!((lower.rows("orders").len(), upper.rows("orders").len()), (102, 0));

    let nodes = ZooKeeper::new(&[zookeeper.endpoint().clone()], ZooKeeperOptions::default());
    let node = nodes.read("/proxy/orders").await.expect("read").expect("a node");
    let new = ProxyEntry::read(&node.bytes).and_then(|old| old.pointing_to("b", &upper.metas()));
    let new = new.expect("an entry");
    nodes.compare_and_set("/proxy/orders", &new, node.stat.version).await.expect("set");
    let wanted = upper_meta.query_config("orders").await.expect("an answer").expect("the table");
    for _ in 0..500 {
        let asked = ask_proxy(&proxy.endpoint(), &options, "orders", &wanted).await;
        if asked.expect("an answer") == Routing::Wanted {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (is_well, said) = drive(&[proxy.endpoint()]).await;
    assert!(is_well, "{said}");
    assert_eq!(upper.rows("orders").len(), 102);
    assert_eq!((lower.death(), upper.death(), proxy.panic()), (None, None, None));
}
