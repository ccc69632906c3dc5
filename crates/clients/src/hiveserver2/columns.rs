//! Descriptions of columns: `TTableSchema`.

use crate::thrift::Struct;

/// One column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDescription {
    /// Its name; Hive puts the table's before it, with a dot.
    pub name: String,
    /// Its type as HiveQL writes it. Of complex types only the kind is known: their values
    /// come as text.
    pub type_name: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// Reads a `TTableSchema`, in the order of positions.
pub(super) fn read(schema: &Struct) -> Option<Vec<ColumnDescription>> {
    let mut columns: Vec<_> = schema
        .items(1)?
        .iter()
        .map(|column| {
            let column = column.as_struct()?;
            let description = ColumnDescription {
                name: column.string(1)?.to_owned(),
                type_name: type_name(column.structure(2)?)?,
                comment: column.string(4).map(str::to_owned),
            };
            Some((column.i32(3).unwrap_or(0), description))
        })
        .collect::<Option<_>>()?;
    columns.sort_by_key(|(position, _)| *position);
    Some(columns.into_iter().map(|(_, description)| description).collect())
}

/// The first entry of a `TTypeDesc` says what kind of type it is.
fn type_name(description: &Struct) -> Option<String> {
    let (kind, entry) = description.items(1)?.first()?.as_struct()?.fields.first()?;
    let entry = entry.as_struct();
    Some(match kind {
        1 => primitive(entry?)?,
        2 => "array".into(),
        3 => "map".into(),
        4 => "struct".into(),
        5 => "uniontype".into(),
        _ => "unknown".into(),
    })
}

/// Reads a `TPrimitiveTypeEntry`.
fn primitive(entry: &Struct) -> Option<String> {
    let name = name(entry.i32(1)?);
    let length = qualifier(entry, "characterMaximumLength");
    let (precision, scale) = (qualifier(entry, "precision"), qualifier(entry, "scale"));
    Some(match (name, length, precision, scale) {
        ("varchar" | "char", Some(length), _, _) => format!("{name}({length})"),
        ("decimal", _, Some(precision), scale) => {
            format!("decimal({precision},{})", scale.unwrap_or(0))
        }
        _ => name.to_owned(),
    })
}

/// `TTypeId`.
fn name(number: i32) -> &'static str {
    const NAMES: [&str; 23] = [
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "string",
        "timestamp",
        "binary",
        "array",
        "map",
        "struct",
        "uniontype",
        "user_defined",
        "decimal",
        "void",
        "date",
        "varchar",
        "char",
        "interval_year_month",
        "interval_day_time",
        "timestamp with local time zone",
    ];
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    NAMES.get(at).copied().unwrap_or("unknown")
}

fn qualifier(entry: &Struct, name: &str) -> Option<i32> {
    let qualifiers = entry.structure(2)?.map(1)?;
    let mut entries = qualifiers.entries.iter();
    let (_, value) = entries.find(|(key, _)| key.as_str() == Some(name))?;
    value.as_struct().and_then(|value: &Struct| value.i32(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thrift::{Kind, Map, Value};

    fn column(name: &str, position: i32, entry: Struct) -> Struct {
        let kind = Struct::new().with(1, Value::structs([entry]));
        Struct::new().with(1, name).with(2, kind).with(3, position)
    }

    fn qualified(number: i32, qualifiers: &[(&str, i32)]) -> Struct {
        let entries = qualifiers
            .iter()
            .map(|(name, value)| (Value::from(*name), Value::Struct(Struct::new().with(1, *value))))
            .collect();
        let map = Map { kinds: Some((Kind::Bytes, Kind::Struct)), entries };
        let primitive = Struct::new().with(1, number).with(2, Struct::new().with(1, map));
        Struct::new().with(1, primitive)
    }

    #[test]
    fn types_read_as_hiveql_writes_them() {
        let schema = Struct::new().with(
            1,
            Value::structs([
                column("t.c", 2, qualified(15, &[("precision", 38), ("scale", 18)])),
                column("t.a", 1, qualified(18, &[("characterMaximumLength", 12)])),
                column("t.m", 3, Struct::new().with(3, Struct::new())),
                column("t.x", 4, Struct::new().with(1, Struct::new().with(1, 99))),
            ]),
        );
        let columns = read(&schema).expect("columns");
        let shown: Vec<_> =
            columns.iter().map(|it| (it.name.as_str(), it.type_name.as_str())).collect();
        let expected =
            [("t.a", "varchar(12)"), ("t.c", "decimal(38,18)"), ("t.m", "map"), ("t.x", "unknown")];
        assert_eq!(shown, expected);
        assert_eq!(read(&Struct::new()), None);
    }
}
