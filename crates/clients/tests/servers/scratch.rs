//! Where the metastores are, and databases that live as long as a test.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boatlift_clients::metastore::{Column, Data, Database, Metastore, Partition, Stored, Table};
use boatlift_clients::wire::Wire;
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperStack};

/// The stacks of this process. Their services end with it.
static STACKS: LazyLock<(LowerStack, UpperStack)> = LazyLock::new(|| {
    let lower = LowerOptions::new().and_then(LowerStack::start);
    let upper = UpperOptions::new().and_then(|options| {
        UpperStack::start(UpperOptions { hive_server2: Part::Absent, ..options })
    });
    (lower.expect("LOWER starts"), upper.expect("UPPER starts"))
});

/// The URIs of the metastores to test.
pub(crate) fn endpoints() -> Vec<String> {
    match std::env::var("BOATLIFT_TEST_METASTORES") {
        Ok(named) => named.split(',').map(str::to_owned).collect(),
        Err(_) => vec![STACKS.0.metastore_uri(), STACKS.1.metastore_uri()],
    }
}

/// A plain connection to a URI.
pub(crate) fn dial(uri: &str) -> Result<Box<dyn Wire>, Box<dyn std::error::Error + Send + Sync>> {
    let address = uri.strip_prefix("thrift://").ok_or("no thrift URI")?;
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    Ok(Box::new(stream))
}

/// A connection that acts as `root`.
pub(crate) fn connect(uri: &str) -> Metastore {
    let wire = dial(uri).expect("connects");
    let mut metastore = Metastore::new(wire, uri, Arc::default());
    metastore.set_user("root", &[]).expect("set_ugi");
    metastore
}

/// A database that is dropped with everything in it at the end of a test.
pub(crate) struct Scratch {
    pub(crate) metastore: Metastore,
    pub(crate) name: String,
    pub(crate) location: String,
    /// Dropped last: the database is gone by then.
    _turn: MutexGuard<'static, ()>,
}

/// One test at a time: Hive 1.2 with its notification log on Derby mixes up transactions of
/// changes that come together.
static TURN: Mutex<()> = Mutex::new(());

impl Scratch {
    /// One on every metastore.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        endpoints().into_iter().map(|uri| Self::on(&uri))
    }

    /// One on the metastore of that URI.
    pub(crate) fn on(uri: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("ms_{}_{number}", std::process::id());
        let mut metastore = connect(uri);
        let database = Database::new(&name);
        metastore.create_database(&database).expect("creates");
        let database = metastore.database(&name).expect("reads").expect("is there");
        let location = database.location().expect("a location").to_owned();
        Self { metastore, name, location, _turn: turn }
    }

    /// An external table that is not there yet.
    pub(crate) fn table(&self, name: &str) -> Table {
        let mut table = Table::new(&self.name, name);
        table.set_owner(Some("root"));
        table.set_table_type(Some("EXTERNAL_TABLE"));
        table.set_parameter("EXTERNAL", "TRUE");
        table.set_parameter("comment", "größe \u{1F6A2}'\"\n");
        table.set_location(Some(&format!("{}/{name}_files", self.location)));
        table.set_columns(&[
            Column { name: "id", type_name: "bigint", comment: Some("key") },
            Column {
                name: "name",
                type_name: "struct<a:string,b:array<decimal(38,18)>>",
                comment: None,
            },
        ]);
        table.set_input_format(Some("org.apache.hadoop.mapred.TextInputFormat"));
        table.set_output_format(Some("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"));
        table.set_serde_library(Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"));
        table.set_serde_parameter("field.delim", Some("\u{1}"));
        table
    }

    /// A table by `ds` and `h` that is there.
    pub(crate) fn partitioned(&mut self, name: &str) -> Table {
        let mut table = self.table(name);
        let key = |name| Column { name, type_name: "string", comment: None };
        table.set_partition_keys(&[key("ds"), key("h")]);
        self.metastore.create_table(&table).expect("creates");
        let found = self.metastore.table(&self.name, name).expect("reads");
        found.expect("is there")
    }

    /// A partition of that table that is not there yet.
    pub(crate) fn partition(&self, table: &Table, values: [&str; 2]) -> Partition {
        let mut partition = Partition::new(&self.name, table.name(), &values);
        *partition.storage_mut() = table.storage().expect("a descriptor").clone();
        partition.set_location(None);
        partition.set_parameter("made", "by test");
        partition
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut metastore = connect(self.metastore.endpoint());
        for table in metastore.table_names(&self.name).unwrap_or_default() {
            let dropped = metastore.drop_table(&self.name, &table, Data::Keep);
            assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
        }
        let dropped = metastore.drop_database(&self.name, Data::Delete);
        assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
    }
}
