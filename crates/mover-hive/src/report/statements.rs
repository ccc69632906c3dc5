//! The SQL that a plan amounts to on UPPER, for people. Boatlift itself speaks to the
//! metastore, which is told more than HiveQL can say.

use super::objects::{Change, Objects, Read, Reading};
use super::places::{HEAD, Preview};
use super::script::{Script, comment, words};
use super::{AddedProperties, Found, Item, unwritable};
use crate::config::{HiveConfig, Stage, Strategy};
use crate::keys::Name;
use crate::plan::{CATALOGUE, DATA, EXCHANGE};
use crate::translate::ViewName;
use crate::waves::{in_wave, wave_of};
use boatlift_core::{Result, Verdict};
use std::collections::BTreeMap;
use std::io::Write;

/// What was met on the way.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Added properties of the tables that the plan makes, alters or points at UPPER.
    pub added: AddedProperties,
    /// Where their files go.
    pub preview: Preview,
}

/// Writes statements for items, as they come in key order: first all of the catalogue, then
/// all of the locations.
pub struct Statements<'o> {
    reading: Reading,
    /// Views follow all tables, and the views that they name.
    views: BTreeMap<ViewName, Change>,
    script: Script<'o>,
    /// Whether Hive carries rows, and not we files.
    carries_rows: bool,
    waves: u32,
    /// The number of the wave that is told.
    wave: Option<u32>,
}

impl<'o> Statements<'o> {
    /// Writes `upper.sql` to `sql` and `locations.csv` to `places`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new(
        objects: &'o Objects,
        sql: &'o mut dyn Write,
        places: &'o mut dyn Write,
    ) -> Result<Self> {
        places.write_all(HEAD.as_bytes()).map_err(unwritable)?;
        let script = Script::new(&objects.translator, sql, places);
        let strategy = objects.translator.config().storage.strategy;
        let carries_rows = !matches!(strategy, Strategy::Copy | Strategy::Distcp);
        Ok(Statements {
            reading: Reading::new(objects.clone()),
            views: BTreeMap::new(),
            script,
            carries_rows,
            waves: objects.translator.scope().waves(),
            wave: None,
        })
    }

    /// Takes the next item.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn take(&mut self, item: &Item<'_>) -> Result<()> {
        let group = in_wave(item.group);
        self.begin_wave(wave_of(item.group))?;
        let name = match group {
            // Files have no statements; the rows of a place have.
            DATA if !self.carries_rows => return Ok(()),
            DATA => Name::of_place(item.key),
            _ => Name::of(item.key),
        };
        let (Some(found), Some(name)) = (&item.found, name) else { return Ok(()) };
        let Some(change) = change(group, found) else { return Ok(()) };
        self.reading.of(item.group);
        match name {
            Name::Database(database) => self.reading.database(database, change),
            Name::Table(database, table) => self.reading.table(database, table, false, change),
            Name::Partition(database, table, part) => {
                self.reading.partition(database, table, part, change);
            }
            Name::View(database, view) => {
                self.views.insert((database.to_owned(), view.to_owned()), change);
            }
            Name::Function(database, function) => {
                let line = format!("function {database}.{function}: {}", words(&change));
                return self.script.say(&comment(&line));
            }
        }
        self.write_what_is_read(false)
    }

    /// Writes the rest, and tells what was met on the way.
    ///
    /// # Errors
    /// The same.
    pub fn finish(mut self) -> Result<Gathered> {
        self.reading.of(CATALOGUE);
        let mut views = std::mem::take(&mut self.views);
        if self.waves > 1 && !views.is_empty() {
            self.write_what_is_read(true)?;
            self.script.say(&comment("views of all waves"))?;
        }
        for (database, view) in self.reading.in_order(views.keys()) {
            if let Some(change) = views.remove(&(database.clone(), view.clone())) {
                self.reading.table(&database, &view, true, change);
                self.write_what_is_read(false)?;
            }
        }
        self.write_what_is_read(true)?;
        Ok(self.script.gathered)
    }

    /// Notes that a part of LOWER has no place on UPPER.
    ///
    /// # Errors
    /// When `locations.csv` cannot be written.
    pub fn refuse(&mut self, key: &str, problem: &str) -> Result<()> {
        let script = &mut self.script;
        script.gathered.preview.refuse(key, problem, script.places)
    }

    /// Says that another wave is told, where there are some.
    fn begin_wave(&mut self, wave: u32) -> Result<()> {
        if self.waves == 1 || self.wave == Some(wave) {
            return Ok(());
        }
        self.write_what_is_read(true)?;
        self.wave = Some(wave);
        self.script.say(&comment(&format!("wave {} of {}", wave + 1, self.waves)))
    }

    fn write_what_is_read(&mut self, at_the_end: bool) -> Result<()> {
        while let Some(read) = self.reading.next(at_the_end) {
            match read {
                Read::Database(name, change, found) => {
                    self.script.database(&name, &change, found.as_deref())?;
                }
                Read::Tables(database, tables) => {
                    tables.iter().try_for_each(|found| self.script.table(&database, found))?;
                }
            }
        }
        Ok(())
    }
}

/// What `upper.sql` begins with.
#[must_use]
pub fn upper_header(name: &str, is_done: bool) -> String {
    let tense = if is_done { "did on UPPER" } else { "would do on UPPER" };
    let name = name.replace(['\n', '\r'], " ");
    format!(
        "-- What the newest plans of the move {name} {tense}, as HiveQL.\n\
         -- Objects are written through the metastore, which is told more than HiveQL can say;\n\
         -- files are copied between the file systems. This file is for reading.\n"
    )
}

/// What `lower.sql` says.
#[must_use]
pub fn lower_sql(config: &HiveConfig) -> String {
    let exports = matches!(config.storage.strategy, Strategy::ExportImport | Strategy::Hybrid);
    match exports && config.stage == Stage::Storage {
        false => "-- Nothing is written on LOWER.\n".to_owned(),
        true => format!(
            "-- The strategy exports tables on LOWER: EXPORT TABLE ... TO a directory led by\n\
             -- {}{}. In upper.sql each is a comment, before the\n\
             -- IMPORT that reads it.\n",
            config.lower.namespace, config.storage.staging.export_prefix
        ),
    }
}

fn change(group: u32, found: &Found<'_>) -> Option<Change> {
    if found.is_troubled() {
        let reason = found.reason.unwrap_or("no reason is recorded");
        return Some(Change::Left(format!("{}: {reason}", found.state)));
    }
    Some(match (group, found.action?) {
        (CATALOGUE, "remove") => Change::Remove,
        (CATALOGUE, _) if found.verdict == Verdict::Added => Change::Make,
        (CATALOGUE, _) => Change::Alter,
        (DATA, _) => Change::Rows,
        (EXCHANGE, _) => Change::Point,
        _ => return None,
    })
}
