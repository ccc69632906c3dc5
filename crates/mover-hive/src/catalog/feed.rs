//! The notification log as a feed: which tables need not be read again.
//!
//! An event is a hint to look at a table, never an order. Where the log is off, has a gap
//! or was reset, everything is compared, and the reason is said.

use super::catalogue::Catalogue;
use crate::keys::Name;
use boatlift_core::error::Result;
use boatlift_core::key::Key;
use boatlift_core::mover::Agreements;
use boatlift_core::plan::Agreement;
use boatlift_core::side::Side;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Events that are taken with one call.
const EVENTS_PER_CALL: i32 = 10_000;
/// Events before a position that are read again. Servers that write one log at the same time may
/// give a number twice (HIVE-16886): after the position alone the later one would never be seen.
const MARGIN: i64 = 100;
/// Events beyond which reading everything is the cheaper way.
const MOST_EVENTS: usize = 1_000_000;

/// Tables of one side that are as they were agreed on.
#[derive(Debug, Default)]
pub(crate) struct Unchanged {
    tables: BTreeSet<(String, String)>,
}

impl Unchanged {
    /// Whether a table need not be read again. Names are LOWER's.
    pub(crate) fn holds(&self, database: &str, table: &str) -> bool {
        // A set of pairs of strings cannot be asked with borrowed pairs.
        !self.tables.is_empty() && self.tables.contains(&(database.to_owned(), table.to_owned()))
    }

    /// Asks the feed what happened since `agreement`. Nothing is taken to be unchanged when
    /// it cannot say, and the log tells why.
    ///
    /// # Errors
    /// When the agreement cannot be read, or the metastore not be reached.
    pub(crate) fn since(
        agreement: &Agreement,
        agreements: &dyn Agreements,
        catalogue: &Catalogue,
        lower_name: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Unchanged> {
        let side = catalogue.side();
        let Some(position) = agreement.positions.of(side).and_then(Position::parse) else {
            tracing::info!(%side, "everything is compared: the feed has no position");
            return Ok(Unchanged::default());
        };
        let changed = match changed_since(position, catalogue)? {
            Ok(changed) => changed,
            Err(why) => {
                tracing::warn!(%side, why, "everything is compared");
                return Ok(Unchanged::default());
            }
        };
        let changed: BTreeSet<(String, String)> = changed
            .into_iter()
            .filter_map(|(database, table)| match side {
                Side::Lower => Some((database, table)),
                Side::Upper => lower_name(&database).map(|database| (database, table)),
            })
            .collect();
        let mut tables = agreed_tables(agreement, agreements)?;
        tables.retain(|table| !changed.contains(table));
        Ok(Unchanged { tables })
    }
}

/// How far a notification log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(pub(crate) i64);

impl Position {
    fn parse(text: &str) -> Option<Position> {
        text.parse().ok().map(Position)
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

type Changed = BTreeSet<(String, String)>;

/// The tables that events since `position` name, or why the log cannot tell.
fn changed_since(
    position: Position,
    catalogue: &Catalogue,
) -> Result<Result<Changed, &'static str>> {
    let Some(now) = catalogue.position()? else {
        return Ok(Err("the notification log is off"));
    };
    if now.0 < position.0 {
        return Ok(Err("the notification log was reset"));
    }
    let mut changed = Changed::new();
    let (mut last, mut seen) = ((position.0 - MARGIN).max(0), 0);
    while last < now.0 {
        let events = catalogue.events_after(last, EVENTS_PER_CALL)?;
        let Some(first) = events.first() else {
            // What was read before may be cleaned up.
            return Ok(match now == position {
                true => Ok(changed),
                false => Err("the notification log has lost events"),
            });
        };
        if first.id > last.max(position.0) + 1 {
            return Ok(Err("the notification log has a gap"));
        }
        if events.windows(2).any(|pair| pair[0].id == pair[1].id) {
            return Ok(Err("the notification log gave a number twice"));
        }
        seen += events.len();
        if seen > MOST_EVENTS {
            return Ok(Err("too much happened since the last look"));
        }
        for event in events {
            last = last.max(event.id);
            if event.id <= position.0 {
                continue;
            }
            // A rename names the old table; the new one was never agreed on, and is read.
            if let (Some(database), Some(table)) = (event.database, event.table) {
                changed.insert((database.to_lowercase(), table.to_lowercase()));
            }
        }
    }
    Ok(Ok(changed))
}

/// The tables and views that were agreed on whole.
fn agreed_tables(agreement: &Agreement, agreements: &dyn Agreements) -> Result<Changed> {
    let mut tables = Changed::new();
    let mut open = Changed::new();
    agreements.each_from(agreement, Key::new(b""), &mut |entry| {
        if let Some(name) = Name::of(entry.key)
            && let Some(table) = name.table()
        {
            let whole = entry.lower.is_some() && entry.upper.is_some();
            let into = if whole { &mut tables } else { &mut open };
            let known = matches!(name, Name::Partition(..)) && whole;
            if !known {
                into.insert((name.database().to_owned(), table.to_owned()));
            }
        }
        ControlFlow::Continue(())
    })?;
    tables.retain(|table| !open.contains(table));
    Ok(tables)
}
