//! Whether the scope names what LOWER has, and where its tables lie.

use super::condition::{Condition, Standing};
use super::roots::Roots;
use crate::catalog::{chain, is_view, location};
use crate::config::HiveConfig;
use crate::locations::Locations;
use crate::scope::Scope;
use boatlift_clients::metastore::{Metastore, MetastoreError, Metastores};
use boatlift_core::side::Side;

/// Tables of one call.
const BATCH: usize = 200;
/// Names that are told one by one.
const MOST_NAMES: usize = 20;

/// What of LOWER takes part.
pub(super) struct Taken {
    pub(super) conditions: Vec<Condition>,
    pub(super) roots: Roots,
}

/// Reads where the tables in scope lie. `databases` are those that LOWER has.
pub(super) fn look(
    config: &HiveConfig,
    scope: &Scope,
    locations: &Locations,
    lower: &Metastores,
    databases: &[String],
) -> Taken {
    let taken: Vec<&String> = databases.iter().filter(|name| scope.takes_database(name)).collect();
    let mut conditions = vec![named(scope, databases, &taken)];
    if let Err(why) = scope.check_databases(taken.iter().map(|name| name.as_str())) {
        conditions.push(Condition::new("databases stay apart on UPPER", Standing::Fails, why));
    }
    let (mut roots, mut counts) = (Roots::default(), Counts::default());
    let read = taken.iter().try_for_each(|database| {
        let tables = |server: &mut Metastore| tables(server, database, scope, locations);
        for found in lower.read(tables)? {
            counts.add(&found);
            if let Found::At(database, table) = found {
                roots.take(database.as_ref(), table);
            }
        }
        Ok::<_, MetastoreError>(())
    });
    conditions.push(match read {
        Ok(()) => counts.told(config),
        Err(error) => Condition::new("tables in scope are read", Standing::Fails, chain(&error)),
    });
    Taken { conditions, roots }
}

/// Databases that are named one by one must be there.
fn named(scope: &Scope, databases: &[String], taken: &[&String]) -> Condition {
    let about = "LOWER has every database of the scope";
    let missing: Vec<&str> = scope
        .named_databases()
        .filter(|name| !databases.iter().any(|have| have.eq_ignore_ascii_case(name)))
        .collect();
    if !missing.is_empty() {
        let first = missing[..missing.len().min(MOST_NAMES)].join(", ");
        return Condition::new(
            about,
            Standing::Fails,
            format!("{} missing: {first}", missing.len()),
        )
        .hint("correct `scope.databases`");
    }
    match taken.len() {
        0 => Condition::new(about, Standing::Fails, "no database is in scope")
            .hint("correct `scope`"),
        number => Condition::new(about, Standing::Holds, format!("{number} in scope")),
    }
}

/// A table in scope.
enum Found {
    /// Where its database and itself lie.
    At(Option<crate::locations::Place>, crate::locations::Place),
    View,
    /// Storage handlers keep their tables elsewhere.
    Nowhere,
    Unreadable,
}

#[derive(Default)]
struct Counts {
    tables: u64,
    views: u64,
    nowhere: u64,
    unreadable: u64,
}

impl Counts {
    fn add(&mut self, found: &Found) {
        match found {
            Found::At(..) => self.tables += 1,
            Found::View => self.views += 1,
            Found::Nowhere => self.nowhere += 1,
            Found::Unreadable => self.unreadable += 1,
        }
    }

    fn told(&self, config: &HiveConfig) -> Condition {
        let mut seen = format!("{} tables with files, {} views", self.tables, self.views);
        if self.nowhere > 0 {
            seen += &format!(", {} without a location", self.nowhere);
        }
        let about = "tables in scope are read";
        match self.unreadable {
            0 => Condition::new(about, Standing::Holds, seen),
            number => {
                let seen = format!("{seen}, {number} whose location cannot be read");
                Condition::new(about, Standing::Fails, seen).hint(format!(
                    "`boatlift plan` names them; {} is LOWER's namespace",
                    config.lower.namespace
                ))
            }
        }
    }
}

fn tables(
    server: &mut Metastore,
    database: &str,
    scope: &Scope,
    locations: &Locations,
) -> Result<Vec<Found>, MetastoreError> {
    let place = |text: &str| locations.place(Side::Lower, text).ok();
    let top = server.database(database)?;
    let top = top.as_ref().and_then(|top| top.location()).and_then(place);
    let mut names = server.table_names(database)?;
    names.retain(|name| scope.takes_table(name));
    let mut found = Vec::with_capacity(names.len());
    for names in names.chunks(BATCH) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for table in server.tables(database, &names)? {
            found.push(match location(&table) {
                _ if is_view(&table) => Found::View,
                None => Found::Nowhere,
                Some(location) => match place(location) {
                    Some(at) => Found::At(top.clone(), at),
                    None => Found::Unreadable,
                },
            });
        }
    }
    Ok(found)
}
