//! Changes of rows on their way to UPPER: some at a time, no faster than was asked.

use crate::failures::failed;
use boatlift_clients::pegasus::{Expiry, Key, PegasusError, Record, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::{Pace, Part};
use boatlift_core::side::Side;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Changes that are written together, and what they may weigh.
const MOST_ROWS: usize = 1_000;
const MOST_BYTES: usize = 1 << 20;
/// What one request may hold: a server takes 1 MiB unless told otherwise.
const REQUEST_ROWS: usize = 100;
const REQUEST_BYTES: usize = 64 << 10;
/// Requests of a class that are under way at the same time.
const AT_ONCE: usize = 32;
/// Between two attempts at a server that is busy.
const BUSY: Duration = Duration::from_millis(200);

/// Rows that differ, in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct Changes {
    requests: Vec<Request>,
    rows: usize,
    bytes: usize,
}

/// One request. Carrying it out twice changes nothing more.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    /// Rows of one hash key that expire together: sort keys and values.
    Put { hash_key: Vec<u8>, expiry: Expiry, rows: Vec<(Vec<u8>, Vec<u8>)>, bytes: usize },
    /// A row that LOWER has not.
    Remove(Key),
}

impl Changes {
    /// Adds a row as LOWER has it.
    pub(super) fn put(&mut self, row: Record) -> Result<()> {
        let bytes = row.key.len() + row.value.len();
        let key = key(&row.key)?;
        (self.rows, self.bytes) = (self.rows + 1, self.bytes + bytes);
        if let Some(Request::Put { hash_key, expiry, rows, bytes: held }) = self.requests.last_mut()
            // Rows without a hash key are in partitions by their sort keys.
            && !hash_key.is_empty()
            && (hash_key.as_slice(), *expiry) == (key.hash_key(), row.expiry)
            && rows.len() < REQUEST_ROWS
            && *held + bytes <= REQUEST_BYTES
        {
            *held += bytes;
            rows.push((key.sort_key().to_vec(), row.value));
            return Ok(());
        }
        self.requests.push(Request::Put {
            hash_key: key.hash_key().to_vec(),
            expiry: row.expiry,
            rows: vec![(key.sort_key().to_vec(), row.value)],
            bytes,
        });
        Ok(())
    }

    /// Adds a row that is to go.
    pub(super) fn remove(&mut self, blob: &[u8]) -> Result<()> {
        self.rows += 1;
        self.requests.push(Request::Remove(key(blob)?));
        Ok(())
    }

    /// Whether it is time to write them.
    pub(super) fn is_full(&self, rate: &Rate) -> bool {
        let most = rate.per_second.map_or(MOST_ROWS, |rate| MOST_ROWS.min(rate as usize));
        self.rows >= most || self.bytes >= MOST_BYTES
    }

    /// Writes all of them; afterwards there are none.
    pub(super) async fn write(&mut self, to: &Table, rate: &Rate, pace: &dyn Pace) -> Part<()> {
        let Changes { requests, rows, bytes } = std::mem::take(self);
        if rows == 0 {
            return Ok(());
        }
        rate.wait(rows).await;
        pace.spend(Side::Upper, requests.len() as u64, bytes as u64)?;
        let sent = requests.iter().map(|request| request.send(to, pace));
        stream::iter(sent).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }
}

impl Request {
    /// A server that is busy is asked again: it asks for that.
    async fn send(&self, to: &Table, pace: &dyn Pace) -> Part<()> {
        loop {
            match self.send_once(to).await {
                Err(error) if error.code() == Some("ERR_BUSY") => sleep(BUSY).await,
                sent => return Ok(sent.map_err(failed("cannot write to UPPER"))?),
            }
            pace.spend(Side::Upper, 1, 0)?;
        }
    }

    async fn send_once(&self, to: &Table) -> std::result::Result<(), PegasusError> {
        match self {
            Request::Remove(key) => to.remove(key).await.map(drop),
            Request::Put { hash_key, expiry, rows, .. } => match rows.as_slice() {
                [(sort_key, value)] => match Key::new(hash_key.clone(), sort_key.clone()) {
                    Ok(key) => to.put(&key, value, *expiry).await.map(drop),
                    // It was a key when it was read.
                    Err(_) => Ok(()),
                },
                rows => to.multi_put(hash_key, rows, *expiry).await.map(drop),
            },
        }
    }
}

fn key(blob: &[u8]) -> Result<Key> {
    Key::from_blob(blob).map_err(|error| {
        Error::new(Code::ServerFailed, "cannot copy a row whose key cannot be read").because(error)
    })
}

/// How many rows may be written in a second, over all classes.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: Option<u32>,
    /// When the next rows may be written.
    next: Mutex<Instant>,
}

impl Rate {
    pub(super) fn new(per_second: Option<u32>) -> Rate {
        Rate { per_second, next: Mutex::new(Instant::now()) }
    }

    /// Waits until so many more may be.
    async fn wait(&self, rows: usize) {
        let Some(per_second) = self.per_second else { return };
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) * rows / per_second.max(1);
        let due = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next = (*next).max(Instant::now()) + takes;
            *next
        };
        sleep_until(due).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(hash_key: &str, sort_key: &str, expiry: i32) -> Record {
        let key = Key::new(hash_key.as_bytes(), sort_key.as_bytes()).expect("a key");
        Record { key: key.to_blob().0, value: b"v".to_vec(), expiry: Expiry::from_wire(expiry) }
    }

    #[test]
    fn rows_of_one_hash_key_that_expire_together_go_together() {
        let mut changes = Changes::default();
        for (hash_key, sort_key, expiry) in
            [("", "a", 0), ("", "b", 0), ("h", "a", 0), ("h", "b", 0), ("h", "c", 7), ("i", "a", 7)]
        {
            changes.put(row(hash_key, sort_key, expiry)).expect("a key");
        }
        changes.remove(&row("i", "b", 0).key).expect("a key");
        let sizes = changes.requests.iter().map(|request| match request {
            Request::Put { rows, .. } => rows.len(),
            Request::Remove(_) => 0,
        });
        assert_eq!(sizes.collect::<Vec<_>>(), [1, 1, 2, 1, 1, 0]);
        assert_eq!(changes.rows, 7);
        assert!(changes.remove(b"\0").is_err(), "no key has one byte");
    }

    #[test]
    fn a_request_is_no_longer_than_a_server_takes() {
        let mut changes = Changes::default();
        for number in 0..250 {
            changes.put(row("h", &format!("{number:03}"), 0)).expect("a key");
        }
        assert_eq!(changes.requests.len(), 3);
        let large = Record { value: vec![0; REQUEST_BYTES], ..row("h", "x", 0) };
        changes.put(large).expect("a key");
        assert_eq!(changes.requests.len(), 4);
        assert!(!changes.is_full(&Rate::new(None)) && changes.is_full(&Rate::new(Some(200))));
    }
}
