//! Answers as they came: encoding what was decoded gives the server's own bytes.
//!
//! With `BOATLIFT_RECORD` set to the beginning of file names, `tests/golden/hive-2.3.7-` for
//! one, the answers are kept in files that end in the method's name. That is how
//! `tests/golden` was made, one server at a time; what a server says its version is would
//! not tell 1.2 from 2.3.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use boatlift_clients::metastore::{Existing, Metastore};
use boatlift_clients::thrift::{Limits, decode_message, encode_message};
use boatlift_clients::wire::Wire;

use crate::scratch::{Scratch, dial};

/// A wire that keeps every byte that comes.
struct Tee {
    wire: Box<dyn Wire>,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Read for Tee {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.wire.read(into)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&into[..count]);
        Ok(count)
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wire.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire.flush()
    }
}

/// Checks each answer in `bytes`, and keeps it if that was asked for.
fn check(bytes: &[u8], uri: &str) -> usize {
    let mut rest = bytes;
    let mut count = 0;
    while !rest.is_empty() {
        let before = rest;
        let (header, body) = decode_message(&mut rest, &Limits::default()).expect("decodes");
        let came = &before[..before.len() - rest.len()];
        let mut again = Vec::new();
        encode_message(&mut again, &header, &body).expect("encodes");
        assert_eq!(again, came, "{} of {uri}", header.name);
        if let Ok(beginning) = std::env::var("BOATLIFT_RECORD") {
            let file = format!("{beginning}{}.bin", header.name);
            std::fs::write(file, came).expect("writes");
        }
        count += 1;
    }
    count
}

#[test]
fn answers_encode_to_the_bytes_that_came() {
    for mut scratch in Scratch::all() {
        let uri = scratch.metastore.endpoint().to_owned();
        let plain = scratch.table("plain");
        scratch.metastore.create_table(&plain).expect("creates");
        let table = scratch.partitioned("parts");
        let parts = [["a b/c=é%", "00"], ["b", "__HIVE_DEFAULT_PARTITION__"]];
        let parts = parts.map(|values| scratch.partition(&table, values));
        let name = scratch.name.clone();
        scratch.metastore.add_partitions(&name, "parts", &parts, Existing::Refuse).expect("adds");

        let kept = Arc::default();
        let wire = Tee { wire: dial(&uri).expect("connects"), kept: Arc::clone(&kept) };
        let mut metastore = Metastore::new(Box::new(wire), &uri, Arc::default());
        metastore.database(&name).expect("reads").expect("is there");
        metastore.table(&name, "parts").expect("reads").expect("is there");
        let tables = metastore.tables(&name, &["plain", "parts"]).expect("reads");
        assert_eq!(tables.len(), 2);
        let names = metastore.partition_names(&name, "parts").expect("names");
        let parts = metastore.partitions(&name, "parts", &names).expect("reads");
        assert_eq!(parts.len(), 2);
        let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(check(&kept, &uri) >= 5);
    }
}
