//! The statements that carry and prove rows.

use std::fmt;

/// A table of UPPER by its full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FullName<'a> {
    pub(super) database: &'a str,
    pub(super) table: &'a str,
}

impl fmt::Display for FullName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", quoted(self.database), quoted(self.table))
    }
}

/// Puts all rows of one table in the place of those of another.
pub(super) fn overwrite(to: FullName<'_>, from: FullName<'_>) -> String {
    format!("INSERT OVERWRITE TABLE {to} SELECT * FROM {from}")
}

/// Makes a table of no meaning at a location: the directory is the server's user's then, who
/// is to write there.
pub(super) fn settle(table: FullName<'_>, location: &str) -> String {
    let location = literal(location);
    format!("CREATE EXTERNAL TABLE IF NOT EXISTS {table} (nothing INT) LOCATION {location}")
}

/// Writes a table, or one partition of it, and its description below a directory.
pub(super) fn export(of: FullName<'_>, partition: &[(String, String)], to: &str) -> String {
    format!("EXPORT TABLE {of}{} TO {}", spec(partition), literal(to))
}

/// Makes a table of all that was exported. A partition is not named again: Hive 4 does not
/// find those with an apostrophe.
pub(super) fn import(into: FullName<'_>, from: &str, location: &str) -> String {
    format!("IMPORT EXTERNAL TABLE {into} FROM {} LOCATION {}", literal(from), literal(location))
}

fn spec(partition: &[(String, String)]) -> String {
    if partition.is_empty() {
        return String::new();
    }
    let pair = |(key, value): &(String, String)| format!("{} = {}", quoted(key), literal(value));
    let pairs: Vec<String> = partition.iter().map(pair).collect();
    format!(" PARTITION ({})", pairs.join(", "))
}

/// A text as Hive reads it: with a backslash before what would end it, or begin an escape.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Shows the names of the columns, and no row: the SerDe may know others than the metastore.
pub(super) fn columns(of: FullName<'_>) -> String {
    format!("SELECT * FROM {of} LIMIT 0")
}

/// Counts the rows and hashes them in three ways that do not depend on their order.
///
/// Whether a value is missing is hashed with it: Hive hashes NULL as it does zero.
pub(super) fn digest(of: FullName<'_>, columns: &[String]) -> String {
    let hash = |columns: &mut dyn Iterator<Item = &String>| {
        let terms = columns.map(|column| {
            let column = quoted(column);
            format!("{column}, {column} IS NULL")
        });
        let terms: Vec<String> = terms.collect();
        format!("CAST(hash({}) AS BIGINT)", terms.join(", "))
    };
    let (forward, backward) = (hash(&mut columns.iter()), hash(&mut columns.iter().rev()));
    format!(
        "SELECT count(1), sum(f), sum(f * f), sum(b * (f % 65521)) \
         FROM (SELECT {forward} AS f, {backward} AS b FROM {of}) hashed"
    )
}

/// A name as Hive reads it whatever it contains.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        let name = FullName { database: "select", table: "odd`name" };
        assert_eq!(name.to_string(), "`select`.`odd``name`");
        assert_eq!(columns(name), "SELECT * FROM `select`.`odd``name` LIMIT 0");
    }

    #[test]
    fn values_of_partitions_are_quoted() {
        let name = FullName { database: "d", table: "t" };
        let partition = [("k".to_owned(), "it's \\ \"x\"".to_owned()), ("n".into(), "1".into())];
        assert_eq!(
            export(name, &partition, "hdfs://l/e"),
            r#"EXPORT TABLE `d`.`t` PARTITION (`k` = 'it\'s \\ "x"', `n` = '1') TO 'hdfs://l/e'"#
        );
        assert_eq!(
            import(name, "hdfs://l/e", "hdfs://u/t"),
            "IMPORT EXTERNAL TABLE `d`.`t` FROM 'hdfs://l/e' LOCATION 'hdfs://u/t'"
        );
    }

    #[test]
    fn all_columns_are_hashed_in_both_orders() {
        let name = FullName { database: "d", table: "t" };
        let text = digest(name, &["a".to_owned(), "b c".to_owned()]);
        assert!(text.contains("hash(`a`, `a` IS NULL, `b c`, `b c` IS NULL)"), "{text}");
        assert!(text.contains("hash(`b c`, `b c` IS NULL, `a`, `a` IS NULL)"), "{text}");
        assert!(text.ends_with("FROM `d`.`t`) hashed"), "{text}");
    }
}
