//! Duplications: what a cluster knows of each, and what its servers hear of it.

use boatlift_clients::pegasus::structs::{DuplicationEntry, DuplicationStatus};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Settings;
use super::listen::Answer;
use super::partition::Rows;
use super::world::{Table, World};

/// A duplication.
#[derive(Debug)]
pub(super) struct Duplication {
    pub(super) entry: DuplicationEntry,
    pub(super) remote_table: String,
    /// When it came into its status.
    pub(super) since: Instant,
    /// By partition.
    pub(super) ships: Vec<Ship>,
}

/// How far a duplication of a partition is.
#[derive(Debug)]
pub(super) struct Ship {
    /// The server that ships: it was the primary when it last heard of duplications.
    pub(super) server: Option<usize>,
    /// Whether some primary has heard of it: what came before is not shipped.
    pub(super) is_learned: bool,
    /// The records of that moment, until the follower has them.
    pub(super) checkpoint: Option<Rows>,
    /// The last decree that the other cluster acknowledged.
    pub(super) shipped: i64,
    /// The same, as the meta server heard last; a new primary begins after it.
    pub(super) persisted: i64,
    /// What is under way: its last decree, and the answer.
    pub(super) under_way: Option<(i64, oneshot::Receiver<Answer>)>,
    /// Nothing is tried before.
    pub(super) not_before: Instant,
}

impl Ship {
    pub(super) fn new() -> Self {
        Self {
            server: None,
            is_learned: false,
            checkpoint: None,
            shipped: -1,
            persisted: -1,
            under_way: None,
            not_before: Instant::now(),
        }
    }

    /// The primary is another one: it begins where the meta server knows, once it has heard.
    pub(super) fn hand_over(&mut self) {
        self.server = None;
        self.under_way = None;
        self.shipped = self.persisted;
    }
}

impl World {
    /// One server talks with the meta server about duplications.
    pub(super) fn sync_duplications(&mut self, server: usize, settings: &Settings) {
        let mut heard = std::collections::BTreeMap::new();
        let mut pending = std::collections::BTreeMap::new();
        for (app_id, table) in &mut self.tables {
            for (dupid, duplication) in &mut table.duplications {
                let status = duplication.entry.status;
                heard.insert((*app_id, *dupid), status);
                let before = self.replicas[server].duplications.get(&(*app_id, *dupid));
                let starts_again =
                    status == DuplicationStatus::Log && before == Some(&DuplicationStatus::Pause);
                let partitions = table.partitions.iter_mut().zip(&mut duplication.ships);
                for (index, (partition, ship)) in partitions.enumerate() {
                    if partition.primary() != Some(server) {
                        continue;
                    }
                    if !ship.is_learned {
                        let is_early = status == DuplicationStatus::Prepare;
                        ship.checkpoint = is_early.then(|| partition.rows.clone());
                        ship.is_learned = true;
                        ship.shipped = partition.committed;
                    }
                    if starts_again {
                        // It reads its log again.
                        partition.is_stuck = false;
                    }
                    ship.server = Some(server);
                    ship.persisted = ship.shipped;
                    let left = partition.committed - ship.shipped;
                    let is_counted = status == DuplicationStatus::Log || !settings.is_new();
                    pending.insert((*app_id, index), if is_counted { left } else { 0 });
                }
            }
            table.forget_shipped();
        }
        self.replicas[server].duplications = heard;
        self.replicas[server].pending = pending;
    }
}

impl Table {
    /// What every duplication has reported is needed no more.
    fn forget_shipped(&mut self) {
        for (index, partition) in self.partitions.iter_mut().enumerate() {
            let ships = self.duplications.values().map(|duplication| &duplication.ships[index]);
            let needed = ships.filter(|ship| ship.is_learned).map(|ship| ship.persisted).min();
            let needed = needed.unwrap_or(i64::MAX);
            partition.log.retain(|mutation| mutation.decree > needed);
        }
    }
}
