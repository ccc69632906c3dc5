//! A metastore in the test's own process: it answers as Hive 2.3 does, keeps its objects in
//! memory, makes directories of `file:` locations, and can be told to fail at any call.
//!
//! It is no judge of the client's protocol: the real servers are. What it is for is what no
//! real server can be made to do: stop at one certain call, and show its state after each.

mod calls;
mod databases;
mod disk;
mod functions;
mod partitions;
mod script;
mod server;
mod speech;
mod tables;
mod world;

pub use disk::{local_path, rows_at};
pub use script::{Act, Call, Moment};
pub use speech::Speech;
pub use world::{Translation, World};

use boatlift_clients::metastore::{Database, Function, Partition, Table};
use server::Shared;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// A metastore that listens on a free port of this machine until it is dropped.
pub struct FakeMetastore {
    shared: Arc<Shared>,
    port: u16,
    listener: Option<JoinHandle<()>>,
}

impl FakeMetastore {
    /// Starts one whose warehouse is the local directory `warehouse`, with an empty
    /// database `default`.
    #[must_use]
    pub fn start(warehouse: &Path, speech: Speech) -> FakeMetastore {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its own address").port();
        let shared = Arc::new(Shared::new(World::new(warehouse), speech));
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || server::listen(&listener, &serving));
        FakeMetastore { shared, port, listener: Some(thread) }
    }

    /// Where it listens.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("thrift://127.0.0.1:{}", self.port)
    }

    /// Looks at, or changes, what it holds, as if by another client's calls. The log of calls
    /// does not show it.
    pub fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.shared.world())
    }

    /// Makes a database as a client would.
    pub fn create_database(&self, database: &Database) {
        let made = self.with(|world| world.create_database(database.as_raw().clone()));
        made.expect("the database is made");
    }

    /// Makes a table as a client would, with its directory.
    pub fn create_table(&self, table: &Table) {
        let made = self.with(|world| world.create_table(table.as_raw().clone()));
        made.expect("the table is made");
    }

    /// Adds partitions as a client would, with their directories.
    pub fn add_partitions(&self, partitions: &[Partition]) {
        for partition in partitions {
            let raw = partition.as_raw().clone();
            self.with(|world| world.add_partition(raw)).expect("the partition is added");
        }
    }

    /// Makes a function as a client would.
    pub fn create_function(&self, function: &Function) {
        let made = self.with(|world| world.create_function(function.as_raw().clone()));
        made.expect("the function is made");
    }

    /// A table, if it is there.
    #[must_use]
    pub fn table(&self, database: &str, name: &str) -> Option<Table> {
        self.with(|world| world.table(database, name))
    }

    /// Every call since the start or the last [`FakeMetastore::forget_calls`].
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.script().calls.clone()
    }

    /// The names of those that may change something.
    #[must_use]
    pub fn writes(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.is_write()).map(|call| call.method).collect()
    }

    /// Empties the log of calls; the next one has number 1.
    pub fn forget_calls(&self) {
        self.shared.script().calls.clear();
    }

    /// Does `act` at the call with this number, counted as the log does. A later order
    /// replaces an earlier one.
    pub fn at(&self, number: usize, moment: Moment, act: Act) {
        let which = script::Which::Number(number);
        self.shared.script().order = Some(script::Order { which, moment, act });
    }

    /// The same at the call of this number, from 1, among those whose method begins with `lead`:
    /// where other calls come in any order.
    pub fn at_call_of(&self, lead: &str, number: usize, moment: Moment, act: Act) {
        let which = script::Which::Of(lead.to_owned(), number);
        self.shared.script().order = Some(script::Order { which, moment, act });
    }

    /// Takes back what [`FakeMetastore::at`] ordered; true if it was still to come.
    pub fn cancel(&self) -> bool {
        self.shared.script().order.take().is_some()
    }

    /// Waits until a restart that was ordered has ended.
    pub fn wait_until_back(&self) {
        self.shared.wait_until_back();
    }

    /// Shows the world to `watcher` after every call, before the answer leaves.
    pub fn watch(&self, watcher: impl FnMut(&World, &Call) + Send + 'static) {
        self.shared.script().watcher = Some(Box::new(watcher));
    }

    /// Ends the watch.
    pub fn unwatch(&self) {
        self.shared.script().watcher = None;
    }
}

impl Drop for FakeMetastore {
    fn drop(&mut self) {
        self.shared.close(self.port);
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
    }
}
