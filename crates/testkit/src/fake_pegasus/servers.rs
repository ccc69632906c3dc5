//! Servers that die, hang, come back, and change roles.

use tokio::time::Instant;

use super::Settings;
use super::world::{Health, Replica, World};

impl Replica {
    pub(super) fn is_well(&self) -> bool {
        self.health == Health::Well
    }
}

impl World {
    /// A partition gets other members, the first of whom is its primary.
    pub(super) fn change_primary(
        &mut self,
        app_id: i32,
        index: usize,
        members: Vec<usize>,
        settings: &Settings,
    ) {
        let table = self.tables.get_mut(&app_id).expect("the table is there");
        let is_kept = table.is_kept(index);
        table.partitions[index].change_primary(members, is_kept, settings, &mut self.dice);
        for duplication in table.duplications.values_mut() {
            duplication.ships[index].hand_over();
        }
    }

    /// The partitions of a server go on without it.
    pub(super) fn give_up(&mut self, server: usize, settings: &Settings) {
        for (app_id, index, members) in self.memberships(server) {
            let others: Vec<_> = members.iter().copied().filter(|one| *one != server).collect();
            let partition = &mut self.tables.get_mut(&app_id).expect("a table").partitions[index];
            match members[0] == server {
                true => self.change_primary(app_id, index, others, settings),
                false => partition.members = others,
            }
        }
    }

    fn memberships(&self, server: usize) -> Vec<(i32, usize, Vec<usize>)> {
        let tables = self.tables.iter();
        let partitions = tables.flat_map(|(app_id, table)| {
            let partitions = table.partitions.iter().enumerate();
            partitions.map(|(index, partition)| (*app_id, index, partition.members.clone()))
        });
        partitions.filter(|(_, _, members)| members.contains(&server)).collect()
    }

    /// A server is started: it knows what it is told at once, and no setting that was changed.
    pub(super) fn revive(&mut self, server: usize, settings: &Settings) {
        self.replicas[server] = Replica::default();
        self.sync(server);
        self.sync_duplications(server, settings);
        let tables: Vec<(i32, usize)> = {
            let tables = self.tables.iter();
            let all = tables
                .flat_map(|(id, table)| (0..table.partitions.len()).map(|index| (*id, index)));
            all.collect()
        };
        for (app_id, index) in tables {
            let table = &self.tables[&app_id];
            let copies = usize::try_from(table.info.max_replica_count).unwrap_or(1);
            let mut members = table.partitions[index].members.clone();
            if members.len() >= copies || members.contains(&server) {
                continue;
            }
            members.push(server);
            match members.len() {
                1 => self.change_primary(app_id, index, members, settings),
                _ => {
                    let table = self.tables.get_mut(&app_id).expect("a table");
                    table.partitions[index].members = members;
                }
            }
        }
    }

    pub(super) fn kill(&mut self, server: usize) {
        self.replicas[server].health = Health::Dead(Instant::now());
    }
}
