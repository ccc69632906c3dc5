//! Keys of the catalogue: `sales/` is a database, `sales/orders/` a table,
//! `sales/orders/ds=1/h=2` a partition, `(schemas)/spectrum` an external schema whose tables
//! are in no Data Catalog. Names are LOWER's on both sides.
//!
//! Glue takes almost any name and any value. What would break a key is written as `%XX`, so
//! that every name comes back as it was.

use boatlift_core::key::{Key, KeyBuf};

/// Above the external schemas that stay behind: no database's name begins so in a key.
const SCHEMAS: &str = "(schemas)";

/// What a key of the catalogue names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A database.
    Database(String),
    /// A table, in a database.
    Table(String, String),
    /// A partition by its values, in a database and table.
    Partition(String, String, Vec<String>),
    /// An external schema of a cluster.
    Schema(String),
}

impl Name {
    /// Reads a key; `None` when no name is written so.
    pub(super) fn of(key: Key<'_>) -> Option<Name> {
        let text = std::str::from_utf8(key.as_bytes()).ok()?;
        let (database, rest) = text.split_once('/')?;
        if database == SCHEMAS {
            return Some(Name::Schema(plain(rest)?));
        }
        let database = plain(database)?;
        if rest.is_empty() {
            return Some(Name::Database(database));
        }
        let (table, partition) = rest.split_once('/')?;
        let table = plain(table)?;
        if partition.is_empty() {
            return Some(Name::Table(database, table));
        }
        let value = |pair: &str| plain(pair.split_once('=')?.1);
        let values = partition.split('/').map(value).collect::<Option<Vec<_>>>()?;
        Some(Name::Partition(database, table, values))
    }
}

/// The key of a database.
pub(super) fn database_key(database: &str) -> KeyBuf {
    KeyBuf(format!("{}/", escaped(database)).into_bytes())
}

/// The key of a table.
pub(super) fn table_key(database: &str, table: &str) -> KeyBuf {
    KeyBuf(format!("{}/{}/", escaped(database), escaped(table)).into_bytes())
}

/// The key of a schema that stays behind.
pub(super) fn schema_key(schema: &str) -> KeyBuf {
    KeyBuf(format!("{SCHEMAS}/{}", escaped(schema)).into_bytes())
}

/// The key of a partition, below the key of its table.
pub(super) fn partition_key(table: &KeyBuf, keys: &[&str], values: &[String]) -> KeyBuf {
    let mut bytes = table.0.clone();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            bytes.push(b'/');
        }
        // Glue does not check that there are as many values as keys.
        let name = keys.get(at).map_or_else(|| format!("({at})"), |key| escaped(key));
        bytes.extend_from_slice(format!("{name}={}", escaped(value)).as_bytes());
    }
    KeyBuf(bytes)
}

fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for (at, letter) in name.chars().enumerate() {
        let special = matches!(letter, '%' | '/' | '=') || letter.is_control();
        if special || (at == 0 && matches!(letter, '.' | '(')) {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        } else {
            text.push(letter);
        }
    }
    text
}

fn plain(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match first {
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            }
            byte => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [&str; 10] =
        ["a b", "a-b", "100%", "a/b", "..", ".boatlift", "(schemas)", "é😀", "t\tb", "a=b"];

    #[test]
    fn every_name_survives_being_a_key() {
        for odd in ODD {
            let key = database_key(odd);
            Key::checked(&key.0).expect("a key");
            assert_eq!(Name::of(key.as_key()), Some(Name::Database(odd.into())));
            let key = table_key(odd, odd);
            Key::checked(&key.0).expect("a key");
            assert_eq!(Name::of(key.as_key()), Some(Name::Table(odd.into(), odd.into())));
            assert_eq!(Name::of(schema_key(odd).as_key()), Some(Name::Schema(odd.into())));
        }
    }

    #[test]
    fn every_value_survives_being_a_key() {
        let table = table_key("d", "t");
        for values in [["", "__HIVE_DEFAULT_PARTITION__"], ["a/b=c", ".."], ["%2F", " "]] {
            let values = values.map(str::to_owned).to_vec();
            let key = partition_key(&table, &["ds", "the=key"], &values);
            Key::checked(&key.0).expect("a key");
            let name = Name::Partition("d".into(), "t".into(), values);
            assert_eq!(Name::of(key.as_key()), Some(name));
        }
        let values = vec!["1".to_owned(), "2".to_owned()];
        let key = partition_key(&table, &["ds"], &values);
        assert_eq!(key.0, b"d/t/ds=1/(1)=2", "a key that the table does not name");
    }

    #[test]
    fn what_is_no_key_of_ours_has_no_name() {
        for bytes in [&b"d"[..], b"d/t", b"d/t/nothing", b"d%zz/", b"d%/", b"\xff/"] {
            assert_eq!(Name::of(Key::new(bytes)), None, "{bytes:?}");
        }
    }
}
