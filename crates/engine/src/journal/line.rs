//! One line of the journal as it lies on disk: number, time, event, and a sum over the
//! three, so that what was written is what is read.

use crate::database::{Number, failed};
use boatlift_core::{Code, Error, Event, Result};
use rusqlite::{Connection, params};
use std::path::Path;

/// Appends an event.
pub(super) fn write(db: &Connection, seq: u64, at_ms: i64, event: &Event) -> rusqlite::Result<()> {
    let text = serde_json::to_string(event)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    db.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        Number(seq),
        at_ms,
        text,
        sum(seq, at_ms, &text)
    ])?;
    Ok(())
}

/// Reads every event after number `after` and gives it to `each`.
pub(super) fn read(
    db: &Connection,
    path: &Path,
    after: u64,
    each: &mut dyn FnMut(u64, i64, Event) -> Result<()>,
) -> Result<()> {
    let broken = failed("cannot read journal", path);
    let select = "SELECT seq, at_ms, event, sum FROM events WHERE seq > ?1 ORDER BY seq";
    let mut select = db.prepare_cached(select).map_err(&broken)?;
    let mut rows = select.query([Number(after)]).map_err(&broken)?;
    while let Some(row) = rows.next().map_err(&broken)? {
        let fields = || Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (Number(seq), at_ms, text, stored): (_, i64, String, i64) =
            fields().map_err(&broken)?;
        let damaged = |why: String| {
            let tried = format!("cannot read event {seq} of");
            Error::new(Code::StateDamaged, tried).on(path.display()).because(why)
        };
        if sum(seq, at_ms, &text) != stored {
            return Err(damaged("its checksum differs".to_owned()));
        }
        let event = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        each(seq, at_ms, event)?;
    }
    Ok(())
}

/// The first eight bytes of BLAKE3 over number, time and text.
fn sum(seq: u64, at_ms: i64, text: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seq.to_le_bytes()).update(&at_ms.to_le_bytes()).update(text.as_bytes());
    let hash = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_le_bytes(first)
}
