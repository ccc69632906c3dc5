//! Collecting: what the views tell of a window goes into the harvest.

use crate::config::{Catalogue, RedshiftConfig};
use crate::connect::warehouse;
use crate::copy_text::{Entries, Format, Source, Statement, statements};
use crate::harvest::{Extent, Harvest, Known, Role, Touch};
use crate::layout::Family;
use crate::place::Place;
use crate::queried;
use crate::views::{
    CopyStatement, Depth, Include, LeftOut, Presence, Reader, Record, Scope, Spelling, Window,
    sees_only,
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
        let nothing = Collected { window: None, left_out: LeftOut::default(), forgotten: None };
        if Window::new(start, until).is_err() {
            return Ok(nothing);
        }
        let mut asked = warehouse(&self.config.lower)?;
        let presence = Presence::find(&mut *asked, self.config.views)?;
        let scope = self.config.scope();
        let terms = terms(&scope, &presence);
        let Some(window) = self.harvest.next(start, until, &terms)? else { return Ok(nothing) };
        let sight = sight(&mut *asked, &presence, &scope)?;
        let mut reader = Reader::new(&mut *asked, &presence, &scope);
        let left_out = collect(&self.harvest, &mut reader, &window)?;
        if let Some(catalogue) = &self.config.catalogue {
            self.collect_queried(&mut *asked, catalogue)?;
        }
        if sight == Sight::Whole {
            self.harvest.reach(&window, &terms)?;
        }
        if left_out.cut_scans > 0 {
            let places = left_out.cut_scans;
            tracing::warn!(
                places,
                "the views may have cut the names of places that Spectrum listed: all that \
                 begins so is taken"
            );
        }
        let is_first = window.ended_since.is_none();
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

/// How much of a window the views show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All that they have.
    Whole,
    /// Perhaps not all: the next reading looks at all of it again.
    Partial,
}

/// How much the views show, with a warning where that is perhaps not all.
fn sight(asked: &mut dyn Warehouse, presence: &Presence, scope: &Scope) -> Result<Sight> {
    let mut sight = Sight::Whole;
    for (view, why) in presence.denied(scope.include.unloads) {
        sight = Sight::Partial;
        tracing::warn!(
            ?view,
            why,
            "a view may not be read, and what it alone tells is missing; give the right to it, \
             or leave its family out by `views`"
        );
    }
    if let Some(user) = sees_only(asked, presence)? {
        sight = Sight::Partial;
        tracing::warn!(
            user,
            "the views show statements of this user alone; if others load files, give it \
             SYSLOG ACCESS UNRESTRICTED"
        );
    }
    Ok(sight)
}

/// What decides which queries of a window are told, and what of them.
fn terms(scope: &Scope, presence: &Presence) -> String {
    let Scope { database, include } = scope;
    let Include { failed, no_load, unloads } = include;
    let views = presence.fingerprint();
    format!("{database}: failed {failed}, no-load {no_load}, unloads {unloads}, views {views}")
}

/// Reads a window and takes down what it tells.
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
    Ok(left_out)
}

fn take(harvest: &Harvest, batch: &mut Vec<Record>) -> Result<()> {
    harvest.take(batch.iter().filter_map(touch))?;
    for record in batch.iter() {
        match record {
            Record::Statement(statement) => {
                harvest.take_statement(statement)?;
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
            began: file.began,
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
            began: scan.began,
            at: scan.scanned,
            family: Family::Spectrum,
            role: Role::Data,
            place: &scan.place,
            extent: match (scan.spelling, scan.depth) {
                (Spelling::PerhapsCut, _) => Extent::CutPrefix,
                (Spelling::Whole, Depth::Flat) => Extent::Prefix,
                (Spelling::Whole, Depth::Recursive | Depth::Unknown) => Extent::DeepPrefix,
            },
            known: None,
        },
        Record::Unloaded(file) => Touch {
            query: file.query,
            began: file.began,
            at: file.written,
            family: Family::Unload,
            role: Role::Data,
            place: &file.place,
            extent: Extent::Object,
            known: None,
        },
        Record::Statement(_) | Record::Table(_) => return None,
    })
}

/// What a statement's own text names.
fn plain<'p>(statement: &CopyStatement, place: &'p Place) -> Touch<'p> {
    Touch {
        query: statement.query,
        began: statement.started,
        at: statement.ended,
        family: Family::Copy,
        role: Role::Data,
        place,
        extent: Extent::Object,
        known: None,
    }
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
