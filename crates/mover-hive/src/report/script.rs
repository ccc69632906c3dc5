//! The statements of a few objects, from what LOWER has of them. What SQL cannot say is a
//! comment. Nothing is read here.

use super::objects::{Change, Found, Wanted};
use super::statements::Gathered;
use super::unwritable;
use crate::catalog::location;
use crate::classify::{Class, Standing};
use crate::data::Place;
use crate::ddl;
use crate::keys::Name;
use crate::marks::SOURCE;
use crate::rows::Told;
use crate::translate::{OwnsFiles, Translator};
use boatlift_clients::metastore::{Database, Partition, Table};
use boatlift_core::{Result, Side};
use std::collections::BTreeMap;
use std::io::Write;

/// Two files in the making: statements, and where files go.
pub(super) struct Script<'o> {
    pub(super) translator: &'o Translator,
    pub(super) sql: &'o mut dyn Write,
    pub(super) places: &'o mut dyn Write,
    pub(super) gathered: Gathered,
    /// Why objects of LOWER are missing, in words.
    missing: String,
}

impl<'o> Script<'o> {
    pub(super) fn new(
        translator: &'o Translator,
        sql: &'o mut dyn Write,
        places: &'o mut dyn Write,
    ) -> Script<'o> {
        let (gathered, missing) = (Gathered::default(), String::new());
        Script { translator, sql, places, gathered, missing }
    }

    pub(super) fn database(
        &mut self,
        name: &str,
        change: &Change,
        lower: Option<&Database>,
    ) -> Result<()> {
        let sql = match (change, lower) {
            (Change::Make, Some(lower)) => ddl::create_database(&self.translator.database(lower)),
            (Change::Alter, Some(lower)) => {
                let made = ddl::create_database(&self.translator.database(lower));
                as_comment("altered, to be as", &made)
            }
            (Change::Remove, _) => {
                let upper = self.translator.scope().upper_database(name);
                format!("DROP DATABASE IF EXISTS {};\n", ddl::name(&upper))
            }
            (change, _) => comment(&format!("database {name}: {}", words(change))),
        };
        self.say(&sql)
    }

    /// A table or view and its partitions, with what LOWER has of them.
    pub(super) fn table(&mut self, database: &str, found: &Found) -> Result<()> {
        let Found { wanted, table, partitions, missing } = found;
        self.missing = missing.words();
        let above = self.translator.scope().upper_database(database);
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
            // That it is left out is said already.
            let is_said = matches!(wanted.change, Some(Change::Left(_)));
            return if is_said { Ok(()) } else { self.absent(&title) };
        };
        let class = match self.translator.standing(lower) {
            Standing::Carry(class) => class,
            Standing::Skip(_) if matches!(wanted.change, Some(Change::Left(_))) => return Ok(()),
            Standing::Skip(reason) => return self.say(&comment(&format!("{title}: {reason}"))),
        };
        match self.translator.table(lower, class) {
            // A table is pointed at UPPER after its partitions, and made before them.
            Ok(linked) if wanted.change == Some(Change::Point) => {
                self.partitions(database, wanted, &linked, partitions)?;
                self.table_itself(database, wanted, lower, &linked, class)
            }
            Ok(linked) => {
                self.table_itself(database, wanted, lower, &linked, class)?;
                self.partitions(database, wanted, &linked, partitions)?;
                let is_made = wanted.change == Some(Change::Make) && linked.is_partitioned();
                match is_made && self.translator.config().partition_discovery.init_msck {
                    true => self.say(&as_comment("not run by Boatlift", &ddl::repair(&linked))),
                    false => Ok(()),
                }
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
            Some(Change::Point) if class != Class::View => self.point(key, lower, linked),
            Some(Change::Rows) => {
                self.rows(Name::Table(database, &wanted.name), linked, None, location(lower))
            }
            _ => Ok(()),
        }
    }

    /// Points a table at UPPER's files.
    fn point(&mut self, key: String, lower: &Table, linked: &Table) -> Result<()> {
        let Some(at) = location(lower) else { return Ok(()) };
        let locations = self.translator.locations();
        let preview = &mut self.gathered.preview;
        let upper = preview.add(locations, &format!("{key}/"), at, self.places)?;
        let Some(upper) = upper else { return Ok(()) };
        self.say(&ddl::set_table_location(linked, &upper))?;
        let Ok(adopted) = self.translator.adopt_table(linked, OwnsFiles::Yes) else {
            return Ok(());
        };
        self.gathered.added.insert(key, added(lower, &adopted));
        match differing(linked, &adopted) {
            changed if changed.is_empty() => Ok(()),
            changed => self.say(&ddl::set_properties(linked, &changed)),
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
                (_, None) => self.absent(&title)?,
                (Change::Point, Some(lower)) => {
                    let Some(at) = location(lower) else { continue };
                    let key = format!("{database}/{}/{name}", wanted.name);
                    let locations = self.translator.locations();
                    let upper = self.gathered.preview.add(locations, &key, at, self.places)?;
                    if let Some(upper) = upper {
                        self.say(&ddl::set_partition_location(linked, lower, &upper))?;
                    }
                }
                (Change::Rows, Some(lower)) => match self.translator.partition(lower) {
                    Ok(stated) => {
                        let name = Name::Partition(database, &wanted.name, name);
                        self.rows(name, linked, Some(&stated), location(lower))?;
                    }
                    Err(why) => self.say(&comment(&format!("{title}: {why}")))?,
                },
                (_, Some(lower)) => match self.translator.partition(lower) {
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

    /// The statements by which the rows of a table or partition at a location of LOWER go.
    fn rows(
        &mut self,
        name: Name<'_>,
        linked: &Table,
        partition: Option<&Partition>,
        at: Option<&str>,
    ) -> Result<()> {
        let locations = self.translator.locations();
        let Some(lower) = at.and_then(|at| locations.qualify(Side::Lower, at).ok()) else {
            return Ok(());
        };
        // That it has no place on UPPER is said where it should be pointed there.
        let Ok(upper) = locations.to_upper(&lower) else { return Ok(()) };
        let mut prefix = name.key();
        if partition.is_some() {
            prefix.0.push(b'/');
        }
        let (config, place) = (self.translator.config(), &Place { prefix, lower, upper });
        self.say(&Told { config, name, linked, partition, place }.statements())
    }

    /// Says that an object of LOWER is missing, and why.
    fn absent(&mut self, title: &str) -> Result<()> {
        self.say(&comment(&format!("{title}: {}", self.missing)))
    }

    fn removed_partitions(&mut self, bare: &Table, wanted: &Wanted) -> Result<()> {
        let removed = wanted.partitions.iter().filter(|(_, change)| *change == Change::Remove);
        for (name, _) in removed {
            self.say(&ddl::drop_partition(bare, name))?;
        }
        Ok(())
    }

    pub(super) fn say(&mut self, sql: &str) -> Result<()> {
        writeln!(self.sql, "{}", sql.trim_end()).map_err(unwritable)
    }
}

pub(super) fn words(change: &Change) -> &str {
    match change {
        Change::Make => "made",
        Change::Alter => "altered",
        Change::Remove => "removed",
        Change::Point => "pointed at UPPER",
        Change::Rows => "its rows are carried",
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

pub(super) fn comment(text: &str) -> String {
    text.lines().map(|line| format!("-- {line}\n")).collect()
}

fn as_comment(lead: &str, sql: &str) -> String {
    format!("-- {lead}:\n{}", comment(sql))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::objects::Missing;
    use crate::samples;
    use boatlift_clients::metastore::Stored;

    /// What a table's plan asks, and what its partitions' do.
    type TableChanges<'a> = (Option<Change>, Vec<(&'a str, Change)>);

    fn script(changes: &[TableChanges<'_>]) -> (String, String, Gathered) {
        let translator = Translator::new(&samples::config(), "m").expect("a translator");
        let (mut sql, mut places) = (Vec::new(), Vec::new());
        let mut script = Script::new(&translator, &mut sql, &mut places);
        let mut partition = samples::partition();
        partition.set_location(Some("hdfs://lower:8020/wh/elsewhere/2020-01-01"));
        let found = BTreeMap::from([("ds=2020-01-01".to_owned(), partition)]);
        for (change, partitions) in changes {
            let partitions = partitions.iter().map(|(name, c)| ((*name).to_owned(), c.clone()));
            let wanted = Wanted {
                name: "orders".into(),
                is_view: false,
                change: change.clone(),
                partitions: partitions.collect(),
            };
            let (table, partitions) = (Some(samples::table()), found.clone());
            let found = Found { wanted, table, partitions, missing: Missing::Gone };
            script.table("sales", &found).expect("written");
        }
        let gathered = script.gathered;
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(sql), text(places), gathered)
    }

    #[test]
    fn a_table_is_made_before_its_partitions_and_pointed_at_upper_after_them() {
        let part = |change| vec![("ds=2020-01-01", change)];
        let (sql, places, gathered) = script(&[
            (Some(Change::Make), part(Change::Make)),
            (Some(Change::Point), part(Change::Point)),
        ]);
        let steps = [
            "CREATE EXTERNAL TABLE `old_sales`.`orders`",
            "LOCATION 'hdfs://lower:8020/wh/sales.db/orders'",
            "ALTER TABLE `old_sales`.`orders` ADD IF NOT EXISTS",
            "PARTITION (`ds`='2020-01-01') SET LOCATION 'hdfs://upper",
            "`orders` SET LOCATION 'hdfs://upper",
            "'external.table.purge'='true'",
        ];
        let mut rest = sql.as_str();
        for step in steps {
            let at = rest.find(step).unwrap_or_else(|| panic!("{step} is not in order:\n{sql}"));
            rest = &rest[at + step.len()..];
        }
        assert_eq!(places.lines().count(), 2, "{places}");
        let added = &gathered.added["sales/orders"];
        assert!(added.iter().any(|property| property == "boatlift.move=m"), "{added:?}");
        assert!(!added.iter().any(|property| property.starts_with("team.key")), "{added:?}");
    }

    #[test]
    fn what_is_not_done_is_a_comment_however_it_reads() {
        let left = Change::Left("failed: no\nDROP TABLE x;".into());
        let (sql, ..) = script(&[
            (Some(left.clone()), vec![("ds=1", left)]),
            (Some(Change::Alter), vec![("ds=2020-01-01", Change::Alter), ("ds=2", Change::Make)]),
        ]);
        assert!(sql.lines().all(|line| line.starts_with("--")), "{sql}");
        assert!(sql.contains("-- sales.orders ds=2: LOWER no longer has it"), "{sql}");
    }

    #[test]
    fn removals_name_upper_s_objects() {
        let (sql, ..) = script(&[
            (None, vec![("ds=a%2Fb", Change::Remove)]),
            (Some(Change::Remove), Vec::new()),
        ]);
        assert_eq!(
            sql,
            "ALTER TABLE `old_sales`.`orders` DROP IF EXISTS PARTITION (`ds`='a/b');\n\
             DROP TABLE IF EXISTS `old_sales`.`orders`;\n"
        );
    }
}
