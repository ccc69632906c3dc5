//! How a fake cluster behaves.

use std::time::Duration;

/// As which version it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2.5.0: the newest mutation is shipped only when a later one follows.
    V2_5,
    /// 2.6.0-SNAPSHOT of March 2026.
    V2_6,
}

/// How a fake cluster behaves. The times of the real ones are much longer, see each.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster's own name.
    pub name: String,
    /// As which version it speaks.
    pub version: Version,
    /// Meta servers.
    pub metas: usize,
    /// Replica servers.
    pub replicas: usize,
    /// Between two looks of a replica server at the tables' environment variables. Each server
    /// has its own phase. Really 30 s.
    pub config_sync: Duration,
    /// For how long a duplication prepares. Really about 50 s.
    pub prepare: Duration,
    /// For how long the follower fetches its checkpoint. Really 10 to 20 s.
    pub copy: Duration,
    /// How old a mutation is when it is shipped. Really under 0.1 s.
    pub ship_delay: Duration,
    /// Between two empty mutations of a partition of a duplicated table. Really 20 s (2.5) or
    /// 100 s.
    pub group_check: Duration,
}

impl Settings {
    /// A cluster of two meta servers and three replica servers with short times.
    pub fn new(name: &str, version: Version) -> Self {
        Self {
            name: name.to_owned(),
            version,
            metas: 2,
            replicas: 3,
            config_sync: Duration::from_millis(300),
            prepare: Duration::from_millis(50),
            copy: Duration::from_millis(50),
            ship_delay: Duration::from_millis(20),
            group_check: Duration::from_secs(1),
        }
    }
}
