//! Collecting: what the views tell of a window goes into the harvest.

use crate::config::{Catalogue, RedshiftConfig};
use crate::connect::warehouse;
use crate::copy_text::{Entries, Format, Source, Statement, statements};
use crate::harvest::{Extent, Harvest, Known, Role, Touch};
use crate::layout::Family;
use crate::place::Place;
use crate::queried;
use crate::views::{
    CopyStatement, Depth, LeftOut, Presence, Reader, Record, Spelling, Window, sees_only,
};
use crate::wire::Warehouse;
use boatlift_core::Result;
use jiff::Timestamp;
use std::sync::Arc;

/// Records that are written down in one transaction.
const BATCH: usize = 2_000;

/// Reads the views of a warehouse into a harvest.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) config: RedshiftConfig,
    pub(crate) harvest: Arc<Harvest>,
}

/// What one reading of the views told.
#[derive(Debug, Clone, Copy)]
pub struct Collected {
    /// The window that was read; `None` when nothing can have begun in it yet.
    pub window: Option<Window>,
    /// What was left out of it.
    pub left_out: LeftOut,
    /// Since when the views know the window, where they have forgotten its beginning.
    pub forgotten: Option<Timestamp>,
}

impl Collector {
    /// Reads what the views tell since the last reading, as far as `now` or the end of the
    /// window.
    ///
    /// # Errors
    /// Errors of the warehouse and of the harvest.
    pub(crate) fn collect(&self, now: Timestamp) -> Result<Collected> {
        let start = self.config.window.start.0;
        let until = self.config.window.end.map_or(now, |end| end.0.min(now));
        let Some(window) = self.harvest.next(start, until)? else {
            return Ok(Collected { window: None, left_out: LeftOut::default(), forgotten: None });
        };
        let mut asked = warehouse(&self.config.lower)?;
        let presence = Presence::find(&mut *asked, self.config.views)?;
        let scope = self.config.scope();
        let mut reader = Reader::new(&mut *asked, &presence, &scope);
        let left_out = collect(&self.harvest, &mut reader, &window)?;
        if let Some(catalogue) = &self.config.catalogue {
            self.collect_queried(&mut *asked, catalogue)?;
        }
        let is_first = window.ended_since.is_none();
        if is_first && let Some(user) = sees_only(&mut *asked, &presence)? {
            tracing::warn!(
                user,
                "the views show statements of this user alone; if others load files, give it \
                 SYSLOG ACCESS UNRESTRICTED"
            );
        }
        let forgotten = window.forgotten(now).filter(|_| is_first);
        if let Some(since) = forgotten {
            tracing::warn!(%since, "the views have forgotten the beginning of the window");
        }
        tracing::info!(?left_out, from = %window.from, until = %window.until, "a window was read");
        Ok(Collected { window: Some(window), left_out, forgotten })
    }

    /// Where databases are named, the schemas are wanted for their names alone; where none is,
    /// for the tables that were scanned.
    fn collect_queried(&self, asked: &mut dyn Warehouse, catalogue: &Catalogue) -> Result<()> {
        if catalogue.databases.is_empty() && self.harvest.tables()?.is_empty() {
            return Ok(());
        }
        let read = queried::collect(&self.harvest, asked, &self.config.lower.endpoint.database);
        match read {
            Err(error) if !catalogue.databases.is_empty() => {
                tracing::warn!(%error, "the names of external schemas are not known");
                Ok(())
            }
            read => read,
        }
    }

    /// Proves that the warehouse can be asked.
    ///
    /// # Errors
    /// When it cannot be reached, refuses the login, or shows none of its views.
    pub(crate) fn prove_readable(&self) -> Result<()> {
        let mut asked = warehouse(&self.config.lower)?;
        Presence::find(&mut *asked, self.config.views).map(drop)
    }
}

/// Reads a window and takes down what it tells. The watermark moves when all of it is there.
///
/// # Errors
/// Errors of the warehouse and of the harvest. What was taken until then stays; the next
/// reading of the window adds the rest.
pub(crate) fn collect(
    harvest: &Harvest,
    reader: &mut Reader<'_>,
    window: &Window,
) -> Result<LeftOut> {
    let mut batch: Vec<Record> = Vec::with_capacity(BATCH);
    let left_out = reader.read(window, &mut |record| {
        batch.push(record);
        match batch.len() < BATCH {
            true => Ok(()),
            false => take(harvest, &mut batch),
        }
    })?;
    take(harvest, &mut batch)?;
    harvest.reach(window)?;
    Ok(left_out)
}

fn take(harvest: &Harvest, batch: &mut Vec<Record>) -> Result<()> {
    harvest.take(batch.iter().filter_map(touch))?;
    for record in batch.iter() {
        match record {
            Record::Statement(statement) => {
                harvest.take_statement(statement.query, statement.ended, &statement.text)?;
                let named = named(statement);
                harvest.take(
                    named
                        .iter()
                        .map(|(role, place)| Touch { role: *role, ..plain(statement, place) }),
                )?;
            }
            Record::Table(table) => harvest.take_table(&table.name)?,
            Record::Loaded(_) | Record::Scan(_) | Record::Unloaded(_) => {}
        }
    }
    batch.clear();
    Ok(())
}

/// What a record says of a place; statements and tables say it otherwise.
fn touch(record: &Record) -> Option<Touch<'_>> {
    Some(match record {
        Record::Loaded(file) => Touch {
            query: file.query,
            at: file.loaded,
            family: Family::Copy,
            role: Role::Data,
            place: &file.place,
            extent: match file.spelling {
                Spelling::Whole => Extent::Object,
                Spelling::PerhapsCut => Extent::Cut,
            },
            known: file.etag.clone().map(|etag| Known { etag, modified: file.last_modified }),
        },
        Record::Scan(scan) => Touch {
            query: scan.query,
            at: scan.scanned,
            family: Family::Spectrum,
            role: Role::Data,
            place: &scan.place,
            extent: match scan.depth {
                Depth::Flat => Extent::Prefix,
                Depth::Recursive | Depth::Unknown => Extent::DeepPrefix,
            },
            known: None,
        },
        Record::Unloaded(file) => {
            let (query, at) = (file.query, file.written);
            object(Touch { family: Family::Unload, ..of(query, at, &file.place) })
        }
        Record::Statement(_) | Record::Table(_) => return None,
    })
}

fn object(touch: Touch<'_>) -> Touch<'_> {
    Touch { extent: Extent::Object, ..touch }
}

fn plain<'p>(statement: &CopyStatement, place: &'p Place) -> Touch<'p> {
    of(statement.query, statement.ended, place)
}

fn of(query: crate::views::QueryId, at: Timestamp, place: &Place) -> Touch<'_> {
    let (family, role, extent) = (Family::Copy, Role::Data, Extent::Object);
    Touch { query, at, family, role, place, extent, known: None }
}

/// What a text needs beside the files that it loads: manifests and descriptions.
fn named(statement: &CopyStatement) -> Vec<(Role, Place)> {
    let mut named = Vec::new();
    for found in statements(&statement.text) {
        let Statement::Copy(copy) = found else { continue };
        if let Source::S3(source, Entries::Manifest) = &copy.source {
            named.push((Role::Manifest, source.place.clone()));
        }
        match &copy.format {
            Format::JsonPaths(path) | Format::AvroSchema(path) => {
                named.push((Role::Description, path.place.clone()));
            }
            Format::Plain => {}
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy_text::SqlText;
    use crate::views::{Origin, QueryId};

    #[test]
    fn a_statement_names_manifests_and_descriptions_beside_its_data() {
        let at = Timestamp::from_second(1).expect("a time");
        let text = "copy a from 's3://m/list' iam_role default manifest json 's3://j/paths'; \
                    copy b from 's3://d/prefix' iam_role default avro 'auto'; \
                    copy c from 's3://s/hosts' iam_role default ssh";
        let statement = CopyStatement {
            query: QueryId { origin: Origin::Sys, number: 1 },
            user: 100,
            started: at,
            ended: at,
            text: SqlText::whole(text).redact(),
        };
        let expected = [(Role::Manifest, "s3://m/list"), (Role::Description, "s3://j/paths")]
            .map(|(role, place)| (role, Place::parse(place).expect("a place")));
        assert_eq!(named(&statement), expected);
    }
}
