//! A walk over one side's metastore: every database, function, table, view and partition
//! in scope, in key order, read ahead over a few connections.
//!
//! It holds the names of a few databases and the partition names of one table in memory,
//! and a bounded number of objects. It changes nothing.

use super::reading::{Beside, InDatabase, PartitionRead, PartitionsRead, Reader, Slot, TableRead};
use crate::ahead::Ahead;
use crate::keys::Name;
use boatlift_clients::metastore::{Database, Function, Partition, Table};
use boatlift_clients::thrift::Struct;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::key::KeyBuf;
use boatlift_core::store::Hole;
use std::collections::VecDeque;
use std::sync::Arc;

/// Connections that a walk reads over at the same time.
const READERS: usize = 4;
/// Calls that a walk may be ahead of who takes its objects.
const CALLS_AHEAD: u64 = 6;
/// Tables that are read with one call.
const TABLES_PER_CALL: usize = 100;
/// Partitions that are read with one call.
const PARTITIONS_PER_CALL: usize = 250;

/// An object of a metastore.
pub(crate) enum Object {
    /// A database.
    Database(Box<Database>),
    /// A function.
    Function(Box<Function>),
    /// A table or a view.
    Table(Arc<Table>),
    /// A partition of a table.
    Partition(Arc<Table>, Box<Partition>),
}

impl Object {
    /// The object as the metastore told it.
    pub(crate) fn as_raw(&self) -> &Struct {
        match self {
            Object::Database(database) => database.as_raw(),
            Object::Function(function) => function.as_raw(),
            Object::Table(table) => table.as_raw(),
            Object::Partition(_, partition) => partition.as_raw(),
        }
    }
}

/// One step of a walk.
pub(crate) enum Walked {
    /// The next object, under its key.
    Object(KeyBuf, Object),
    /// The name of a table or view of a database, which together with its partitions is as
    /// it was agreed on.
    AsAgreed(String, String),
    /// A part that cannot be read.
    Hole(Hole),
}

/// A walk over a metastore.
pub(crate) struct Walk {
    reader: Arc<Reader>,
    databases: Ahead<(String, Result<Option<InDatabase>>)>,
    tables: Ahead<Vec<TableRead>>,
    /// What comes next, as far as it is known.
    coming: VecDeque<Coming>,
    /// How many calls for tables are among what comes.
    calls: u64,
    found: VecDeque<TableRead>,
    ready: VecDeque<Walked>,
    partitions: Option<LongTable>,
}

/// What follows in a walk.
enum Coming {
    Walked(Box<Walked>),
    Tables,
}

/// The partitions of a table that has many.
struct LongTable {
    key: KeyBuf,
    table: Arc<Table>,
    reads: Ahead<PartitionsRead>,
}

impl Walk {
    /// Begins a walk.
    ///
    /// # Errors
    /// When the databases cannot be listed.
    pub(crate) fn new(reader: Arc<Reader>) -> Result<Walk> {
        let databases = Ahead::new(READERS, CALLS_AHEAD);
        for name in reader.database_names()? {
            let reader = Arc::clone(&reader);
            databases.push(move || {
                let read = reader.database(&name);
                (name, read)
            });
        }
        Ok(Walk {
            reader,
            databases,
            tables: Ahead::new(READERS, CALLS_AHEAD),
            coming: VecDeque::new(),
            calls: 0,
            found: VecDeque::new(),
            ready: VecDeque::new(),
            partitions: None,
        })
    }

    /// The next step, or `None` at the end.
    ///
    /// # Errors
    /// When the metastore cannot be reached any more.
    pub(crate) fn next(&mut self) -> Result<Option<Walked>> {
        loop {
            if let Some(walked) = self.ready.pop_front() {
                return Ok(Some(walked));
            }
            if self.partitions.is_some() {
                self.more_partitions()?;
            } else if let Some(read) = self.found.pop_front() {
                self.table(read)?;
            } else if !self.go_on()? {
                return Ok(None);
            }
        }
    }

    /// Takes what comes next, and sees to it that enough is read ahead.
    fn go_on(&mut self) -> Result<bool> {
        while self.calls < CALLS_AHEAD {
            let Some((name, read)) = self.databases.next() else { break };
            self.database(&name, read)?;
        }
        match self.coming.pop_front() {
            None => return Ok(false),
            Some(Coming::Walked(walked)) => self.ready.push_back(*walked),
            Some(Coming::Tables) => {
                self.calls -= 1;
                self.found.extend(self.tables.next().unwrap_or_default());
            }
        }
        Ok(true)
    }

    fn database(&mut self, name: &str, read: Result<Option<InDatabase>>) -> Result<()> {
        let mut come = |walked| self.coming.push_back(Coming::Walked(Box::new(walked)));
        let found = match read {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(error) => {
                come(Walked::Hole(hole(Name::Database(name).key(), error)?));
                return Ok(());
            }
        };
        let key = Name::Database(name).key();
        come(Walked::Object(key, Object::Database(Box::new(found.database))));
        for (key, function) in found.functions {
            come(Walked::Object(key, Object::Function(Box::new(function))));
        }
        for slots in found.tables.chunks(TABLES_PER_CALL) {
            let (reader, name) = (Arc::clone(&self.reader), name.to_owned());
            let slots: Vec<Slot> = slots.to_vec();
            self.tables.push(move || reader.tables(&name, slots));
            self.coming.push_back(Coming::Tables);
            self.calls += 1;
        }
        Ok(())
    }

    fn table(&mut self, read: TableRead) -> Result<()> {
        let (key, table, beside) = match read {
            TableRead::AsAgreed(database, name) => {
                self.ready.push_back(Walked::AsAgreed(database, name));
                return Ok(());
            }
            TableRead::Failed(key, error) => {
                self.ready.push_back(Walked::Hole(hole(key, error)?));
                return Ok(());
            }
            TableRead::Read(key, table, beside) => (key, table, beside),
        };
        self.ready.push_back(Walked::Object(key.clone(), Object::Table(Arc::clone(&table))));
        match beside {
            Beside::None => {}
            Beside::All(partitions) => self.show(&table, partitions)?,
            Beside::Failed(error) => self.ready.push_back(Walked::Hole(hole(key, error)?)),
            Beside::Names(names) => {
                let reads = Ahead::new(READERS, CALLS_AHEAD);
                // The names of a long table are held once, whatever is read ahead.
                let names: Arc<[String]> = names.into();
                for begin in (0..names.len()).step_by(PARTITIONS_PER_CALL) {
                    let end = names.len().min(begin + PARTITIONS_PER_CALL);
                    let (reader, table) = (Arc::clone(&self.reader), Arc::clone(&table));
                    let names = Arc::clone(&names);
                    reads.push(move || reader.partitions(&table, &names[begin..end]));
                }
                self.partitions = Some(LongTable { key, table, reads });
            }
        }
        Ok(())
    }

    fn more_partitions(&mut self) -> Result<()> {
        let Some(long) = &mut self.partitions else { return Ok(()) };
        match long.reads.next() {
            None => self.partitions = None,
            Some(Ok(partitions)) => {
                let table = Arc::clone(&long.table);
                self.show(&table, partitions)?;
            }
            Some(Err(error)) => {
                let hole = hole(long.key.clone(), error)?;
                self.partitions = None;
                self.ready.push_back(Walked::Hole(hole));
            }
        }
        Ok(())
    }

    fn show(&mut self, table: &Arc<Table>, partitions: Vec<PartitionRead>) -> Result<()> {
        for (mut key, read) in partitions {
            self.ready.push_back(match read {
                Ok(partition) => {
                    let partition = Object::Partition(Arc::clone(table), Box::new(partition));
                    Walked::Object(key, partition)
                }
                Err(error) => {
                    // As a directory: its files are as unknown as itself.
                    key.0.push(b'/');
                    Walked::Hole(hole(key, error)?)
                }
            });
        }
        Ok(())
    }
}

/// What cannot be read leaves a hole; a server that is away ends the walk.
fn hole(under: KeyBuf, error: Error) -> Result<Hole> {
    match error.code {
        Code::ServerUnreachable | Code::ServerRefused => Err(error),
        _ => Ok(Hole { under, error }),
    }
}
