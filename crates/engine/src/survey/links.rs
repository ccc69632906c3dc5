//! Which key comes first among the names of one inode.
//!
//! Kept in memory while it is small and in a scratch database when it is not: a backup
//! tree can have millions of linked files.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::{Key, KeyBuf};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Entries kept in memory at most.
const IN_MEMORY: usize = 100_000;

/// Device (0: the root's own) and inode.
pub(super) type Identity = (u64, u64);

/// The names seen so far of inodes that have several.
pub(super) struct LinkIndex {
    memory: HashMap<Identity, Leader>,
    scratch: PathBuf,
    database: Option<Connection>,
}

struct Leader {
    key: KeyBuf,
    /// Names that are still to come; the leader is forgotten after the last.
    awaited: u64,
}

impl LinkIndex {
    /// An empty index that may put a scratch database under `scratch`.
    pub(super) fn new(scratch: &Path) -> Self {
        LinkIndex { memory: HashMap::new(), scratch: scratch.to_owned(), database: None }
    }

    /// The leader of `identity`; `None` when `key` itself is the first of its `names`.
    pub(super) fn leader(
        &mut self,
        identity: Identity,
        key: Key<'_>,
        names: u64,
    ) -> Result<Option<KeyBuf>> {
        if let Some(leader) = self.memory.get_mut(&identity) {
            leader.awaited = leader.awaited.saturating_sub(1);
            return Ok(match leader.awaited {
                0 => self.memory.remove(&identity).map(|leader| leader.key),
                _ => Some(leader.key.clone()),
            });
        }
        if let Some(leader) = self.spilled(identity)? {
            return Ok(Some(leader));
        }
        if self.memory.len() < IN_MEMORY {
            self.memory.insert(identity, Leader { key: key.to_owned(), awaited: names - 1 });
        } else {
            self.spill(identity, key)?;
        }
        Ok(None)
    }

    fn spilled(&self, (device, inode): Identity) -> Result<Option<KeyBuf>> {
        let Some(database) = &self.database else { return Ok(None) };
        let mut query = database
            .prepare_cached("SELECT key FROM leaders WHERE device = ?1 AND inode = ?2")
            .map_err(failed)?;
        query
            .query_row(params![device.cast_signed(), inode.cast_signed()], |row| row.get(0))
            .optional()
            .map(|key| key.map(KeyBuf))
            .map_err(failed)
    }

    fn spill(&mut self, (device, inode): Identity, key: Key<'_>) -> Result<()> {
        let database = match &mut self.database {
            Some(database) => database,
            none => none.insert(scratch_database(&self.scratch, LEADERS)?),
        };
        let mut insert =
            database.prepare_cached("INSERT INTO leaders VALUES (?1, ?2, ?3)").map_err(failed)?;
        let row = params![device.cast_signed(), inode.cast_signed(), key.as_bytes()];
        insert.execute(row).map(|_| ()).map_err(failed)
    }
}

const LEADERS: &str = "CREATE TABLE leaders (device INTEGER, inode INTEGER, key BLOB,
     PRIMARY KEY (device, inode)) STRICT, WITHOUT ROWID";

/// A database under `under` that is gone with the process: its file is unlinked as soon
/// as it is open, and never synced.
pub(super) fn scratch_database(under: &Path, schema: &str) -> Result<Connection> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = under.join(format!("scratch-{}-{number}.db", std::process::id()));
    let open = || {
        let database = Connection::open(&path)?;
        database.pragma_update(None, "journal_mode", "off")?;
        database.pragma_update(None, "synchronous", "off")?;
        database.pragma_update(None, "cache_size", -16_384)?;
        database.execute_batch(schema)?;
        Ok(database)
    };
    let database = open().map_err(|error| failed(error).on(path.display()));
    let _ = std::fs::remove_file(&path);
    database
}

pub(super) fn failed(error: rusqlite::Error) -> Error {
    Error::new(Code::StateIo, "cannot use the survey's scratch database").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_leads_all_later_ones_in_memory_and_spilled() {
        let scratch = std::env::temp_dir();
        let mut index = LinkIndex::new(&scratch);
        for inode in 0..(IN_MEMORY as u64 + 10) {
            let name = format!("{inode:09}-a");
            let leader = index.leader((0, inode), Key::new(name.as_bytes()), 3);
            assert_eq!(leader.expect("scratch"), None);
        }
        for inode in [0, IN_MEMORY as u64 - 1, IN_MEMORY as u64 + 9] {
            for name in ["b", "c"] {
                let leader = index.leader((0, inode), Key::new(name.as_bytes()), 3);
                let leader = leader.expect("scratch").map(|key| key.to_string());
                assert_eq!(leader, Some(format!("{inode:09}-a")));
            }
        }
    }
}
