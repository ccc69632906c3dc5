//! The statements by which the rows of a place go, for people: nothing is run here.

use super::export::{Parts, below, parts};
use super::place::names_of;
use super::statements::{self, FullName};
use super::transfer::{Names, Transfer};
use crate::config::{HiveConfig, Strategy};
use crate::data::Place;
use crate::ddl;
use crate::keys::Name;
use boatlift_clients::metastore::{Partition, Table};

/// Stands for what an attempt at an export adds to its directory.
const ATTEMPT: &str = "ATTEMPT";

/// The rows of one place.
pub(crate) struct Told<'t> {
    pub(crate) config: &'t HiveConfig,
    /// The table, or the partition of it, on LOWER.
    pub(crate) name: Name<'t>,
    /// The table as it points at LOWER from UPPER.
    pub(crate) linked: &'t Table,
    /// The same of the partition.
    pub(crate) partition: Option<&'t Partition>,
    pub(crate) place: &'t Place,
}

impl Told<'_> {
    /// The statements in their order; what runs on LOWER is a comment.
    pub(crate) fn statements(&self) -> String {
        let names = names_of(&self.config.storage.staging.database_prefix, self.place);
        let transfer = Transfer::new(self.linked, self.partition, self.place, &names);
        let by_export = match self.config.storage.strategy {
            Strategy::ExportImport => true,
            Strategy::Hybrid => transfer.can_be_inserted().is_err(),
            Strategy::Copy | Strategy::Distcp | Strategy::Sql => false,
        };
        let told = match by_export {
            true => self.export(&names),
            false => transfer.can_be_inserted().map(|()| self.insert(&names, &transfer)),
        };
        told.unwrap_or_else(|why| format!("-- {}: {why}\n", self.name.key().as_key()))
    }

    fn insert(&self, names: &Names, transfer: &Transfer) -> String {
        let large = match self.config.storage.strategy {
            Strategy::Hybrid => {
                "-- a large table goes by EXPORT on LOWER and IMPORT here instead\n"
            }
            _ => "",
        };
        let insert = statements::overwrite(self.full(&names.to), self.full(&names.from));
        let (from, to) = (&transfer.from, &transfer.to);
        let made = [from, to].map(ddl::create_table).concat();
        let dropped = [from, to].map(ddl::drop_table).concat();
        format!("{large}{made}{insert};\n{dropped}")
    }

    fn export(&self, names: &Names) -> Result<String, String> {
        let below = below(&self.config.lower.namespace, &self.config.storage.staging);
        let Parts { database, table, partition, location, directory } =
            parts(&below, self.name, self.linked, self.place)?;
        let directory = format!("{directory}/{ATTEMPT}");
        let export = statements::export(FullName { database, table }, &partition, &directory);
        let into = self.full(&names.import);
        let import = statements::import(into, &directory, &location);
        Ok(format!("-- on LOWER: {export};\n{import};\nDROP TABLE IF EXISTS {into};\n"))
    }

    /// A table beside the one whose rows are carried.
    fn full<'n>(&'n self, table: &'n str) -> FullName<'n> {
        FullName { database: self.linked.database(), table }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Class, Standing};
    use crate::samples;
    use crate::translate::Translator;
    use boatlift_clients::metastore::Stored;

    /// The statements for a partition at the usual place.
    fn told(strategy: Strategy) -> String {
        let mut config = samples::config();
        config.storage.strategy = strategy;
        let translator = Translator::new(&config, "m").expect("a translator");
        let lower = samples::table();
        let class: Class = match translator.standing(&lower) {
            Standing::Carry(class) => class,
            Standing::Skip(reason) => panic!("{reason}"),
        };
        let linked = translator.table(&lower, class).expect("stated");
        let mut partition = samples::partition();
        let at = "hdfs://lower:8020/wh/sales.db/orders/ds=2020-01-01";
        partition.set_location(Some(at));
        let name = Name::Partition("sales", "orders", "ds=2020-01-01");
        let mut prefix = name.key();
        prefix.0.push(b'/');
        let upper = "hdfs://upper:8020/wh/sales.db/orders/ds=2020-01-01".to_owned();
        let place = &Place { prefix, lower: at.to_owned(), upper };
        let (config, partition) = (&config, Some(&partition));
        Told { config, name, linked: &linked, partition, place }.statements()
    }

    #[track_caller]
    fn assert_in_order(text: &str, parts: &[&str]) {
        let mut rest = text;
        for part in parts {
            let at = rest.find(part).unwrap_or_else(|| panic!("no {part} in order in:\n{text}"));
            rest = &rest[at + part.len()..];
        }
    }

    #[test]
    fn rows_go_by_a_pair_of_tables_that_is_dropped() {
        assert_in_order(
            &told(Strategy::Sql),
            &[
                "CREATE EXTERNAL TABLE `old_sales`.`transfer_orders_",
                "LOCATION 'hdfs://lower:8020",
                "CREATE EXTERNAL TABLE `old_sales`.`transfer_orders_",
                "LOCATION 'hdfs://upper:8020",
                "INSERT OVERWRITE TABLE `old_sales`.`transfer_orders_",
                "DROP TABLE IF EXISTS `old_sales`.`transfer_orders_",
            ],
        );
    }

    #[test]
    fn an_export_on_lower_is_a_comment_before_its_import() {
        let text = told(Strategy::ExportImport);
        assert_in_order(
            &text,
            &[
                "-- on LOWER: EXPORT TABLE `sales`.`orders` PARTITION (`ds` = '2020-01-01') TO",
                "IMPORT EXTERNAL TABLE `old_sales`.`transfer_orders_",
                "LOCATION 'hdfs://upper:8020/wh/sales.db/orders'",
                "DROP TABLE IF EXISTS",
            ],
        );
        assert!(text.lines().all(|line| line.starts_with("--") || !line.contains("EXPORT TABLE")));
    }
}
