//! The SQL that a plan amounts to on UPPER, for people. Boatlift itself speaks to the
//! metastore, which is told more than HiveQL can say; what SQL cannot say is a comment.

use super::objects::{Change, Objects, Read, Reading, Wanted};
use super::places::{HEAD, Preview};
use super::{AddedProperties, Found, Item, unwritable};
use crate::catalog::location;
use crate::classify::{Class, Standing};
use crate::config::{HiveConfig, Strategy, TransactionalTables};
use crate::ddl;
use crate::keys::Name;
use crate::marks::SOURCE;
use crate::plan::{CATALOGUE, DATA, EXCHANGE};
use crate::translate::OwnsFiles;
use boatlift_clients::metastore::{Partition, Table};
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
    objects: &'o Objects,
    reading: Reading,
    /// Views follow all tables.
    views: Vec<(String, String, Change)>,
    sql: &'o mut dyn Write,
    places: &'o mut dyn Write,
    gathered: Gathered,
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
        let reading = Reading::new(objects.clone());
        let gathered = Gathered::default();
        Ok(Statements { objects, reading, views: Vec::new(), sql, places, gathered })
    }

    /// Takes the next item.
    ///
    /// # Errors
    /// When LOWER's metastore cannot be read or a file cannot be written.
    pub fn take(&mut self, item: &Item<'_>) -> Result<()> {
        let (Some(found), Some(name)) = (&item.found, Name::of(item.key)) else { return Ok(()) };
        let Some(change) = change(item.group, found) else { return Ok(()) };
        match name {
            Name::Database(database) => self.reading.database(database, change),
            Name::Table(database, table) => self.reading.table(database, table, false, change),
            Name::Partition(database, table, part) => {
                self.reading.partition(database, table, part, change);
            }
            Name::View(database, view) => {
                self.views.push((database.to_owned(), view.to_owned(), change));
            }
            Name::Function(database, function) => {
                return self.say(&format!("-- function {database}.{function}: {}", words(&change)));
            }
        }
        self.write_what_is_read(false)
    }

    /// Writes the rest, and tells what was met on the way.
    ///
    /// # Errors
    /// The same.
    pub fn finish(mut self) -> Result<Gathered> {
        for (database, view, change) in std::mem::take(&mut self.views) {
            self.reading.table(&database, &view, true, change);
        }
        self.write_what_is_read(true)?;
        Ok(self.gathered)
    }

    /// Notes that a part of LOWER has no place on UPPER.
    ///
    /// # Errors
    /// When `locations.csv` cannot be written.
    pub fn refuse(&mut self, key: &str, problem: &str) -> Result<()> {
        self.gathered.preview.refuse(key, problem, self.places)
    }

    fn write_what_is_read(&mut self, at_the_end: bool) -> Result<()> {
        while let Some(read) = self.reading.next(at_the_end)? {
            match read {
                Read::Database(name, change, found) => {
                    let sql = match (change, found) {
                        (Change::Make, Some(found)) => {
                            ddl::create_database(&self.objects.translator.database(&found))
                        }
                        (Change::Alter, Some(found)) => {
                            let made = self.objects.translator.database(&found);
                            as_comment("altered, to be as", &ddl::create_database(&made))
                        }
                        (Change::Remove, _) => {
                            let upper = self.objects.translator.scope().upper_database(&name);
                            format!("DROP DATABASE IF EXISTS {};\n", ddl::name(&upper))
                        }
                        (change, _) => format!("-- database {name}: {}\n", words(&change)),
                    };
                    self.say(&sql)?;
                }
                Read::Tables(database, tables) => {
                    for (wanted, table, partitions) in tables {
                        self.table(&database, &wanted, table.as_ref(), &partitions)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn table(
        &mut self,
        database: &str,
        wanted: &Wanted,
        table: Option<&Table>,
        partitions: &BTreeMap<String, Partition>,
    ) -> Result<()> {
        let above = self.objects.translator.scope().upper_database(database);
        let mut bare = Table::new(&above, &wanted.name);
        bare.set_table_type(wanted.is_view.then_some("VIRTUAL_VIEW"));
        let title = format!("{database}.{}", wanted.name);
        if wanted.change == Some(Change::Remove) {
            return self.say(&ddl::drop_table(&bare));
        }
        if let Some(Change::Left(reason)) = &wanted.change {
            self.say(&comment(&format!("{title}: {reason}")))?;
        }
        self.removed_partitions(&bare, wanted)?;
        let Some(lower) = table else {
            return self.say(&comment(&format!("{title}: LOWER no longer has it")));
        };
        let class = match self.objects.translator.standing(lower) {
            Standing::Carry(class) => class,
            // That it is left out is said already.
            Standing::Skip(_) if matches!(wanted.change, Some(Change::Left(_))) => return Ok(()),
            Standing::Skip(reason) => return self.say(&comment(&format!("{title}: {reason}"))),
        };
        match self.objects.translator.table(lower, class) {
            // A table is pointed at UPPER after its partitions, and made before them.
            Ok(linked) if wanted.change == Some(Change::Point) => {
                self.partitions(database, wanted, &linked, partitions)?;
                self.table_itself(database, wanted, lower, &linked, class)
            }
            Ok(linked) => {
                self.table_itself(database, wanted, lower, &linked, class)?;
                self.partitions(database, wanted, &linked, partitions)
            }
            Err(why) => self.say(&comment(&format!("{title}: {why}"))),
        }
    }

    fn table_itself(
        &mut self,
        database: &str,
        wanted: &Wanted,
        lower: &Table,
        linked: &Table,
        class: Class,
    ) -> Result<()> {
        let key = format!("{database}/{}", wanted.name);
        match wanted.change {
            Some(Change::Make | Change::Alter) => {
                self.gathered.added.insert(key, added(lower, linked));
                let sql = ddl::create_table(linked);
                match wanted.change {
                    Some(Change::Alter) => self.say(&as_comment("altered, to be as", &sql)),
                    _ => self.say(&sql),
                }
            }
            Some(Change::Point) if class != Class::View => {
                let Some(at) = location(lower) else { return Ok(()) };
                let locations = self.objects.translator.locations();
                let preview = &mut self.gathered.preview;
                let upper = preview.add(locations, &format!("{key}/"), at, self.places)?;
                let Some(upper) = upper else { return Ok(()) };
                self.say(&ddl::set_table_location(linked, &upper))?;
                let Ok(adopted) = self.objects.translator.adopt_table(linked, OwnsFiles::Yes)
                else {
                    return Ok(());
                };
                self.gathered.added.insert(key, added(lower, &adopted));
                match differing(linked, &adopted) {
                    changed if changed.is_empty() => Ok(()),
                    changed => self.say(&ddl::set_properties(linked, &changed)),
                }
            }
            _ => Ok(()),
        }
    }

    fn partitions(
        &mut self,
        database: &str,
        wanted: &Wanted,
        linked: &Table,
        found: &BTreeMap<String, Partition>,
    ) -> Result<()> {
        let mut made = Vec::new();
        for (name, change) in &wanted.partitions {
            let title = format!("{database}.{} {name}", wanted.name);
            match (change, found.get(name)) {
                (Change::Remove, _) => {}
                (Change::Left(reason), _) => self.say(&comment(&format!("{title}: {reason}")))?,
                (_, None) => self.say(&comment(&format!("{title}: LOWER no longer has it")))?,
                (Change::Point, Some(lower)) => {
                    let Some(at) = location(lower) else { continue };
                    let key = format!("{database}/{}/{name}", wanted.name);
                    let locations = self.objects.translator.locations();
                    let upper = self.gathered.preview.add(locations, &key, at, self.places)?;
                    if let Some(upper) = upper {
                        self.say(&ddl::set_partition_location(linked, lower, &upper))?;
                    }
                }
                (_, Some(lower)) => match self.objects.translator.partition(lower) {
                    Ok(stated) if *change == Change::Make => made.push(stated),
                    Ok(stated) => {
                        let at = location(&stated).unwrap_or_default();
                        let sql = ddl::set_partition_location(linked, &stated, at);
                        self.say(&as_comment("altered, columns and formats too, to be at", &sql))?;
                    }
                    Err(why) => self.say(&comment(&format!("{title}: {why}")))?,
                },
            }
        }
        match made.is_empty() {
            true => Ok(()),
            false => self.say(&ddl::add_partitions(linked, &made)),
        }
    }

    fn removed_partitions(&mut self, bare: &Table, wanted: &Wanted) -> Result<()> {
        let removed = wanted.partitions.iter().filter(|(_, change)| *change == Change::Remove);
        for (name, _) in removed {
            self.say(&ddl::drop_partition(bare, name))?;
        }
        Ok(())
    }

    fn say(&mut self, sql: &str) -> Result<()> {
        writeln!(self.sql, "{}", sql.trim_end()).map_err(unwritable)
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
    let exports = matches!(config.storage.strategy, Strategy::ExportImport | Strategy::Hybrid)
        || config.storage.transactional == TransactionalTables::ExportImport;
    match exports && config.stage == crate::config::Stage::Storage {
        false => "-- Nothing is written on LOWER.\n".to_owned(),
        true => format!(
            "-- The strategy exports tables on LOWER: EXPORT TABLE ... TO a directory led by\n\
             -- {}{}. The statements are in the log of the run.\n",
            config.lower.namespace, config.storage.staging.export_prefix
        ),
    }
}

fn change(group: u32, found: &Found<'_>) -> Option<Change> {
    if group == DATA {
        return None;
    }
    if found.is_troubled() {
        let reason = found.reason.unwrap_or("no reason is recorded");
        return Some(Change::Left(format!("{}: {reason}", found.state)));
    }
    Some(match (group, found.action?) {
        (CATALOGUE, "remove") => Change::Remove,
        (CATALOGUE, _) if found.verdict == Verdict::Added => Change::Make,
        (CATALOGUE, _) => Change::Alter,
        (EXCHANGE, _) => Change::Point,
        _ => return None,
    })
}

fn words(change: &Change) -> &str {
    match change {
        Change::Make => "made",
        Change::Alter => "altered",
        Change::Remove => "removed",
        Change::Point => "pointed at UPPER",
        Change::Left(reason) => reason,
    }
}

/// `key=value` of what UPPER's table has otherwise than LOWER's. Hashes are cut.
fn added(lower: &Table, upper: &Table) -> Vec<String> {
    let mut added: Vec<String> = differing(lower, upper)
        .into_iter()
        .map(|(key, value)| match key == SOURCE {
            true => format!("{key}={}…", value.get(..8).unwrap_or(value)),
            false => format!("{key}={value}"),
        })
        .collect();
    added.sort_unstable();
    added
}

/// Properties that a table has and another has not, or otherwise.
fn differing<'t>(before: &Table, after: &'t Table) -> Vec<(&'t str, &'t str)> {
    after.parameters().filter(|(key, value)| before.parameter(key) != Some(value)).collect()
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!("-- {line}\n")).collect()
}

fn as_comment(lead: &str, sql: &str) -> String {
    format!("-- {lead}:\n{}", comment(sql))
}
