//! Two descriptions of one object, field by field.

use super::fingerprint::Described;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// The most differences that are told of one object.
const MOST: usize = 50;
/// The most letters that are shown of a value.
const SHOWN: usize = 120;

/// A field that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which: `StorageDescriptor.Columns[2].Type`.
    pub path: String,
    /// What it should be; nothing where it should not be there.
    pub intended: Option<String>,
    /// What it is.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &Option<String>| match text {
            Some(text) => format!("`{}`", text.escape_debug()),
            None => "nothing".to_owned(),
        };
        write!(f, "{}: {} instead of {}", self.path, shown(&self.found), shown(&self.intended))
    }
}

/// What is not as intended, in the order of the fields; the first fifty.
pub(super) fn between<T: Described>(intended: &T, found: &T) -> Vec<Difference> {
    let mut differences = Vec::new();
    walk("", Some(&intended.stated()), Some(&found.stated()), &mut differences);
    differences
}

/// The same in one line; `None` when there is none.
pub(super) fn in_words<T: Described>(intended: &T, found: &T) -> Option<String> {
    let all: Vec<String> = between(intended, found).iter().map(ToString::to_string).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn walk(path: &str, intended: Option<&Value>, found: Option<&Value>, all: &mut Vec<Difference>) {
    if intended == found || all.len() >= MOST {
        return;
    }
    let (none, empty) = (Map::new(), Vec::new());
    match (intended, found) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => fields(path, one, other, all),
        (Some(Value::Object(one)), None) if !one.is_empty() => fields(path, one, &none, all),
        (None, Some(Value::Object(other))) if !other.is_empty() => fields(path, &none, other, all),
        (Some(Value::Array(one)), Some(Value::Array(other))) => members(path, one, other, all),
        (Some(Value::Array(one)), None) => members(path, one, &empty, all),
        (None, Some(Value::Array(other))) => members(path, &empty, other, all),
        _ => all.push(Difference {
            path: path.to_owned(),
            intended: intended.map(shown),
            found: found.map(shown),
        }),
    }
}

type Fields = Map<String, Value>;

fn fields(path: &str, one: &Fields, other: &Fields, all: &mut Vec<Difference>) {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        walk(&below(path, name), one.get(name), other.get(name), all);
    }
}

fn members(path: &str, one: &[Value], other: &[Value], all: &mut Vec<Difference>) {
    for at in 0..one.len().max(other.len()) {
        walk(&format!("{path}[{at}]"), one.get(at), other.get(at), all);
    }
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path if path.ends_with("Parameters") => format!("{path}[{name}]"),
        path => format!("{path}.{name}"),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_aws::glue::{Column, Storage, Table};

    fn table(kind: &str, parameter: Option<&str>) -> Table {
        let column = Column { name: "id".into(), kind: Some(kind.into()), ..Column::default() };
        Table {
            name: "t".into(),
            parameters: parameter.map(|value| [("a".to_owned(), value.to_owned())].into()),
            storage: Some(Storage { columns: Some(vec![column]), ..Storage::default() }),
            ..Table::default()
        }
    }

    #[test]
    fn each_field_is_named() {
        let (intended, found) = (table("int", Some("1")), table("bigint", Some("2")));
        let all: Vec<String> = between(&intended, &found).iter().map(ToString::to_string).collect();
        let expected = [
            "Parameters[a]: `2` instead of `1`",
            "StorageDescriptor.Columns[0].Type: `bigint` instead of `int`",
        ];
        assert_eq!(all, expected);
        assert_eq!(in_words(&intended, &intended), None);
    }

    #[test]
    fn what_one_lacks_is_nothing() {
        let words = in_words(&table("int", None), &table("int", Some("1")));
        assert_eq!(words.as_deref(), Some("Parameters[a]: `1` instead of nothing"));
    }
}
