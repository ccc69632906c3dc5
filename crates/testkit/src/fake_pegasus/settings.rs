//! How a fake cluster behaves.

use std::time::Duration;

/// As which version it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 2.4.0, as 2.5.0 but for what came later: read in its source, never recorded.
    V2_4,
    /// 2.5.0: the newest mutation is shipped only when a later one follows.
    V2_5,
    /// 2.6.0-SNAPSHOT of March 2026.
    V2_6,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Everybody.
    Open,
    /// Clients that have proved who they are, which none here can.
    Sasl,
}

/// How a fake cluster behaves.
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
    /// What chance depends on: phases of timers, times of writes, what is left by a dead server.
    pub seed: u64,
    /// Between two looks of a replica server at the tables' environment variables. Each server
    /// has its own phase.
    pub config_sync: Duration,
    /// Between two talks of a replica server with the meta server about duplications; each has
    /// its own phase.
    pub duplication_sync: Duration,
    /// For how long a duplication prepares.
    pub prepare: Duration,
    /// For how long the follower fetches its checkpoint.
    pub copy: Duration,
    /// How old a mutation is when it is shipped.
    pub ship_delay: Duration,
    /// Between two attempts to ship what the other cluster did not take.
    pub ship_retry: Duration,
    /// How often a partition of a duplicated table is looked at: one that nothing was written to
    /// for longer than this gets an empty mutation.
    pub group_check: Duration,
    /// The longest time that a write waits before it becomes a decree.
    pub queue: Duration,
    /// The longest time that a decree waits to be logged by all replicas.
    pub log: Duration,
    /// One newest mutation in so many is not shipped before a later one comes, or the
    /// duplication is paused and started; 0 for never. On 2.6 only.
    pub sticks_once_in: u64,
    /// How long a dead server keeps its primaries.
    pub failure_detection: Duration,
    /// Who may ask.
    pub security: Security,
    /// The longest answer to a scan, in bytes; of a longer one the stream breaks off.
    pub longest_scan: usize,
    /// Whether 2.6 survives a new table with `default_ttl`, as the recorded build does and the
    /// released source does not.
    pub survives_default_ttl: bool,
}

impl Settings {
    /// A cluster of two meta servers and three replica servers with times that are much shorter
    /// than real ones, and no chance.
    pub fn new(name: &str, version: Version) -> Self {
        Self {
            name: name.to_owned(),
            version,
            metas: 2,
            replicas: 3,
            seed: 0,
            config_sync: Duration::from_millis(300),
            duplication_sync: Duration::from_millis(20),
            prepare: Duration::from_millis(50),
            copy: Duration::from_millis(50),
            ship_delay: Duration::from_millis(20),
            ship_retry: Duration::from_millis(50),
            group_check: Duration::from_secs(1),
            queue: Duration::ZERO,
            log: Duration::ZERO,
            sticks_once_in: 0,
            failure_detection: Duration::from_millis(200),
            security: Security::Open,
            longest_scan: 64 << 20,
            survives_default_ttl: false,
        }
    }

    /// A cluster with the times and chances that real ones were seen with; group checks come as
    /// often as the code's default for 2.5 and 2.4 (10 s) and for 2.6 (100 s) has it.
    pub fn as_recorded(name: &str, version: Version, seed: u64) -> Self {
        let is_new = version >= Version::V2_6;
        let seconds = |old: u64, new: u64| Duration::from_secs(if is_new { new } else { old });
        Self {
            seed,
            config_sync: Duration::from_secs(30),
            duplication_sync: Duration::from_secs(10),
            prepare: Duration::from_secs(49),
            copy: seconds(20, 10),
            ship_delay: Duration::from_millis(60),
            ship_retry: Duration::from_secs(1),
            group_check: seconds(10, 100),
            queue: Duration::from_millis(4),
            log: Duration::from_millis(8),
            // Of 27 cutovers of 4 partitions five stuck, in one or two partitions.
            sticks_once_in: if is_new { 16 } else { 0 },
            failure_detection: Duration::from_secs(22),
            ..Self::new(name, version)
        }
    }

    /// With a set-up that is over sooner: nothing between the fence and the switch depends on it.
    #[must_use]
    pub fn quick_set_up(self) -> Self {
        Self { prepare: Duration::from_secs(2), copy: Duration::from_secs(1), ..self }
    }

    pub(super) fn is_new(&self) -> bool {
        self.version >= Version::V2_6
    }
}
