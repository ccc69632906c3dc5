//! States that a test brings a cluster into: what stands against a move, and cannot be brought
//! about from outside in a test's time.

use boatlift_clients::pegasus::structs::AppInfo;

use super::FakeCluster;
use super::partition::Partition;
use super::world::Table;

impl FakeCluster {
    /// Changes what the meta server says of a table.
    pub fn change_table(&self, table: &str, change: impl FnOnce(&mut AppInfo)) {
        self.with_table(table, |table| change(&mut table.info));
    }

    /// Gives a table's data another version.
    pub fn set_data_version(&self, table: &str, version: &'static str) {
        self.with_table(table, |table| table.data_version = version);
    }

    /// Begins to split a table: children that have not registered have no primary and no ballot.
    pub fn begin_split(&self, table: &str) {
        self.with_table(table, |table| {
            for _ in 0..table.partitions.len() {
                let mut child = Partition::new(Vec::new());
                child.ballot = -1;
                table.partitions.push(child);
            }
            table.info.partition_count *= 2;
        });
    }

    /// Gives a split up.
    pub fn cancel_split(&self, table: &str) {
        self.with_table(table, |table| {
            table.partitions.retain(|partition| partition.ballot >= 0);
            table.info.partition_count = table.partitions.len().try_into().expect("a few");
        });
    }

    /// Begins a backup of a table, or ends it.
    pub fn back_up(&self, table: &str, is_running: bool) {
        let app_id = self.with_table(table, |table| table.info.app_id);
        let mut world = self.shared.world();
        match is_running {
            true => world.backed_up.insert(app_id),
            false => world.backed_up.remove(&app_id),
        };
    }

    /// What a counter of a table says from now on; `name` is the version's own.
    pub fn count(&self, table: &str, name: &str, value: i64) {
        let app_id = self.with_table(table, |table| table.info.app_id);
        self.shared.world().counted.insert((app_id, name.to_owned()), value);
    }

    /// The next so many changes of duplications are refused as busy.
    pub fn be_busy(&self, times: u32) {
        self.shared.world().busy = times;
    }

    fn with_table<T>(&self, table: &str, act: impl FnOnce(&mut Table) -> T) -> T {
        act(self.shared.world().table_mut(table).expect("the table exists"))
    }
}
