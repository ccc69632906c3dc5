//! What a fake cluster holds: tables, their partitions, and what each server believes.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use boatlift_clients::pegasus::structs::*;
use tokio::time::Instant;

/// What a fake cluster holds.
#[derive(Debug)]
pub(super) struct World {
    /// Index of the meta server that leads.
    pub(super) leader: usize,
    pub(super) level: MetaLevel,
    pub(super) tables: BTreeMap<i32, Table>,
    pub(super) replicas: Vec<Replica>,
    /// Why a server would have ended itself.
    pub(super) death: Option<String>,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) info: AppInfo,
    pub(super) partitions: Vec<Partition>,
    pub(super) duplications: BTreeMap<i32, Duplication>,
}

/// A partition; its copies are always equal.
#[derive(Debug)]
pub(super) struct Partition {
    /// Indices of servers, the primary first.
    pub(super) members: Vec<usize>,
    pub(super) ballot: i64,
    /// The last decree.
    pub(super) decree: i64,
    pub(super) rows: BTreeMap<Vec<u8>, Row>,
    /// What a duplication has not acknowledged.
    pub(super) log: VecDeque<Mutation>,
    /// The newest mutation stays unshipped until a later one comes or the duplication is
    /// paused and started, as real servers under load do now and then.
    pub(super) is_stuck: bool,
}

/// A record below its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) value: Vec<u8>,
    pub(super) expire_ts_seconds: i32,
}

/// Records by key in one piece; `None` removes.
pub(super) type Changes = Vec<(Vec<u8>, Option<Row>)>;

/// What a decree changed.
#[derive(Debug, Clone)]
pub(super) struct Mutation {
    pub(super) decree: i64,
    pub(super) at: Instant,
    /// Nothing at all is an empty mutation.
    pub(super) changes: Changes,
}

/// A duplication.
#[derive(Debug)]
pub(super) struct Duplication {
    pub(super) entry: DuplicationEntry,
    pub(super) remote_table: String,
    /// When it came into its status.
    pub(super) since: Instant,
    /// Whether the primaries have heard of it.
    pub(super) is_learned: bool,
    /// The last acknowledged decree of each partition.
    pub(super) shipped: Vec<i64>,
}

/// A replica server.
#[derive(Debug, Default)]
pub(super) struct Replica {
    /// Of each table, what the last config sync brought.
    pub(super) believed: BTreeMap<i32, Believed>,
    pub(super) flags: BTreeMap<String, String>,
    pub(super) scans: HashMap<i64, (GetScannerRequest, BTreeSet<Vec<u8>>)>,
    pub(super) last_scan: i64,
}

/// What a replica server believes of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Believed {
    pub(super) envs: BTreeMap<String, String>,
    pub(super) is_duplicating: bool,
}

impl World {
    pub(super) fn new(replicas: usize) -> Self {
        Self {
            leader: 0,
            level: MetaLevel::Steady,
            tables: BTreeMap::new(),
            replicas: (0..replicas).map(|_| Replica::default()).collect(),
            death: None,
        }
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.values().find(|table| table.serves(name))
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.values_mut().find(|table| table.serves(name))
    }

    /// Makes a table whose partitions are spread over the servers.
    pub(super) fn create(&mut self, name: &str, options: &CreateAppOptions) -> i32 {
        let app_id = self.tables.keys().max().map_or(1, |last| last + 1);
        let servers = self.replicas.len();
        let copies = usize::try_from(options.replica_count).unwrap_or(1).clamp(1, servers);
        let partitions =
            (0..usize::try_from(options.partition_count).unwrap_or(1)).map(|index| Partition {
                members: (0..copies).map(|copy| (index + copy) % servers).collect(),
                ballot: 3,
                decree: 0,
                rows: BTreeMap::new(),
                log: VecDeque::new(),
                is_stuck: false,
            });
        let table = Table {
            info: info(app_id, name, options),
            partitions: partitions.collect(),
            duplications: BTreeMap::new(),
        };
        self.tables.insert(app_id, table);
        // A new table comes with its variables; later changes wait for the config sync.
        let envs = options.envs.clone();
        for replica in &mut self.replicas {
            let believed = Believed { envs: envs.clone(), is_duplicating: false };
            replica.believed.insert(app_id, believed);
        }
        app_id
    }

    /// A config sync of one server.
    pub(super) fn sync(&mut self, server: usize) {
        let believed = self.tables.iter().map(|(app_id, table)| {
            let is_duplicating = !table.duplications.is_empty();
            (*app_id, Believed { envs: table.info.envs.clone(), is_duplicating })
        });
        self.replicas[server].believed = believed.collect();
    }
}

impl Table {
    fn serves(&self, name: &str) -> bool {
        self.info.app_name == name && self.info.status == AppStatus::Available
    }
}

impl Partition {
    /// Makes a decree of changes.
    pub(super) fn commit(&mut self, changes: Changes, is_logged: bool) -> i64 {
        self.decree += 1;
        for (key, row) in &changes {
            match row {
                Some(row) => drop(self.rows.insert(key.clone(), row.clone())),
                None => drop(self.rows.remove(key)),
            }
        }
        if is_logged {
            let (decree, at) = (self.decree, Instant::now());
            self.log.push_back(Mutation { decree, at, changes });
            self.is_stuck = false;
        }
        self.decree
    }
}

fn info(app_id: i32, name: &str, options: &CreateAppOptions) -> AppInfo {
    AppInfo {
        status: AppStatus::Available,
        app_type: options.app_type.clone(),
        app_name: name.to_owned(),
        app_id,
        partition_count: options.partition_count,
        envs: options.envs.clone(),
        is_stateful: true,
        max_replica_count: options.replica_count,
        expire_second: 0,
        create_second: 1_795_219_857,
        drop_second: 0,
        duplicating: Some(false),
        init_partition_count: options.partition_count,
        is_bulk_loading: Some(false),
        atomic_idempotent: None,
    }
}
