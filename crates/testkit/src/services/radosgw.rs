//! Ceph's object gateway on the smallest cluster there is: one monitor, one store in memory.
//!
//! Of the servers that can be started here it takes the most keys that Amazon takes: line
//! breaks, slashes at either end, `..`, 1024 bytes. It wants a length with every request,
//! knows no checksums but MD5, drops the tags of uploads in parts, and does not copy from objects
//! encrypted by a key service.

mod cluster;

use super::condition::Condition;
use super::error::ServiceError;
use super::http;
use super::ports::free_port;
use super::process::Service;
use super::s3::{Credentials, S3Endpoint};
use super::scratch::Scratch;
use cluster::Cluster;
use std::net::{Ipv4Addr, SocketAddr};

/// The key that the gateway's own key service has for tests, as `SSEKMSKeyId`.
pub const KEY_ID: &str = "testkey-1";

/// The running gateway and its cluster; stopped when dropped.
#[derive(Debug)]
pub struct Radosgw {
    /// The gateway. Fields are dropped in this order, so the cluster stops from its top.
    pub gateway: Service,
    /// The only store. What it holds is gone when it is killed.
    pub store: Service,
    /// The only monitor.
    pub monitor: Service,
    endpoint: S3Endpoint,
    _scratch: Scratch,
}

impl Radosgw {
    /// Starts all of it and returns when the gateway answers and knows its two users, after
    /// about three seconds.
    ///
    /// # Errors
    /// When the programs are missing, or a service does not become ready; with the end of
    /// its log.
    pub fn start() -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("radosgw")?;
        let port = free_port()?;
        let cluster = Cluster::prepare(&scratch, port)?;
        let monitor = Service::start(cluster.monitor(), cluster.monitor_listens())?;
        cluster.prepare_store()?;
        let store = Service::launch(cluster.store(), Condition::new("nothing", || true))?;
        let gateway = Service::launch(cluster.gateway(), answers(port))?;
        gateway.wait_ready()?;
        let endpoint = S3Endpoint::on(port, Credentials::owner(), Some(Credentials::other()));
        cluster.add_user("owner", &endpoint.owner)?;
        if let Some(other) = &endpoint.other {
            cluster.add_user("other", other)?;
        }
        Ok(Radosgw { gateway, store, monitor, endpoint, _scratch: scratch })
    }

    /// Where it answers, and to whom.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }
}

/// Anybody may ask for the list of nobody's buckets.
fn answers(port: u16) -> Condition {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    Condition::new(format!("an answer of http://{address}/"), move || {
        http::get(address, "/").is_some()
    })
}
