//! What a fake cluster holds: tables, their partitions, and what each server believes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use boatlift_clients::pegasus::structs::*;
use tokio::time::Instant;

use super::Settings;
use super::duplication::Duplication;
use super::generated::Generated;
use super::partition::Partition;
use crate::dice::Dice;

/// Seconds since 1970 at which every cluster begins: 2026-11-20.
const BEGIN: i64 = 1_795_219_200;
/// Seconds since 1970 from which expiry counts: 2016.
const EXPIRY_EPOCH: i64 = 1_451_606_400;

/// What a fake cluster holds.
#[derive(Debug)]
pub(super) struct World {
    /// Index of the meta server that leads.
    pub(super) leader: usize,
    pub(super) level: MetaLevel,
    pub(super) tables: BTreeMap<i32, Table>,
    pub(super) metas: Vec<Health>,
    pub(super) replicas: Vec<Replica>,
    pub(super) dice: Dice,
    /// Why a server would have ended itself.
    pub(super) death: Option<String>,
    /// What servers count of a table, by its number and the counter's name.
    pub(super) counted: BTreeMap<(i32, String), i64>,
    /// Tables that are being backed up.
    pub(super) backed_up: BTreeSet<i32>,
    /// How many changes of duplications are still refused because of the one before.
    pub(super) busy: u32,
    /// Partitions whose primary is none any more, which the meta server does not know yet.
    pub(super) deposed: BTreeSet<(i32, usize)>,
    /// How many scans still come to nothing for want of time.
    pub(super) incomplete_scans: u32,
    began: Instant,
}

/// How a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Health {
    #[default]
    Well,
    /// It takes connections and says nothing.
    Frozen,
    /// It is gone, since then.
    Dead(Instant),
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) info: AppInfo,
    pub(super) partitions: Vec<Partition>,
    pub(super) duplications: BTreeMap<i32, Duplication>,
    /// The version of its data.
    pub(super) data_version: &'static str,
    pub(super) generated: Generated,
}

/// A replica server.
#[derive(Debug, Default)]
pub(super) struct Replica {
    pub(super) health: Health,
    /// Of each table, what the last config sync brought.
    pub(super) believed: BTreeMap<i32, Believed>,
    /// Of each duplication by table, what the last duplication sync brought.
    pub(super) duplications: BTreeMap<(i32, i32), DuplicationStatus>,
    /// Unshipped mutations by table and partition, as counted at the last duplication sync.
    pub(super) pending: BTreeMap<(i32, usize), i64>,
    pub(super) flags: BTreeMap<String, String>,
    /// How often it has looked for variables.
    pub(super) looks: u64,
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
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            leader: 0,
            level: MetaLevel::Steady,
            tables: BTreeMap::new(),
            metas: vec![Health::Well; settings.metas],
            replicas: (0..settings.replicas).map(|_| Replica::default()).collect(),
            dice: Dice::new(settings.seed),
            death: None,
            counted: BTreeMap::new(),
            backed_up: BTreeSet::new(),
            busy: 0,
            deposed: BTreeSet::new(),
            incomplete_scans: 0,
            began: Instant::now(),
        }
    }

    /// Seconds since 1970.
    pub(super) fn unix_seconds(&self) -> i64 {
        BEGIN + i64::try_from(self.began.elapsed().as_secs()).unwrap_or(i64::MAX)
    }

    /// Seconds since 2016, as records have their expiry.
    pub(super) fn expiry_seconds(&self) -> i64 {
        self.unix_seconds() - EXPIRY_EPOCH
    }

    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.values().find(|table| table.serves(name))
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.values_mut().find(|table| table.serves(name))
    }

    /// Makes a table whose partitions are spread over the servers.
    pub(super) fn create(
        &mut self,
        name: &str,
        options: &CreateAppOptions,
        settings: &Settings,
    ) -> i32 {
        let app_id = self.tables.keys().max().map_or(1, |last| last + 1);
        let servers = self.replicas.len();
        let copies = usize::try_from(options.replica_count).unwrap_or(1).clamp(1, servers);
        let partitions = (0..usize::try_from(options.partition_count).unwrap_or(1)).map(|index| {
            Partition::new((0..copies).map(|copy| (index + copy) % servers).collect())
        });
        let table = Table {
            info: info(app_id, name, options, self.unix_seconds()),
            partitions: partitions.collect(),
            duplications: BTreeMap::new(),
            data_version: "1",
            generated: Generated::default(),
        };
        self.tables.insert(app_id, table);
        // A new table of 2.5 comes with its variables; on 2.6 they wait for the config sync.
        let envs = if settings.is_new() { BTreeMap::new() } else { options.envs.clone() };
        for replica in &mut self.replicas {
            let believed = Believed { envs: envs.clone(), is_duplicating: false };
            replica.believed.insert(app_id, believed);
        }
        if settings.is_new()
            && !settings.survives_default_ttl
            && options.envs.contains_key("default_ttl")
        {
            let now = Instant::now();
            self.replicas.iter_mut().for_each(|replica| replica.health = Health::Dead(now));
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
        self.replicas[server].looks += 1;
    }
}

impl Table {
    fn serves(&self, name: &str) -> bool {
        self.info.app_name == name && self.info.status == AppStatus::Available
    }

    /// Whether a duplication needs what is written to a partition.
    pub(super) fn is_kept(&self, partition: usize) -> bool {
        self.duplications.values().any(|duplication| duplication.ships[partition].is_learned)
    }
}

fn info(app_id: i32, name: &str, options: &CreateAppOptions, now: i64) -> AppInfo {
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
        create_second: now,
        drop_second: 0,
        duplicating: Some(false),
        init_partition_count: options.partition_count,
        is_bulk_loading: Some(false),
        atomic_idempotent: None,
    }
}
