//! What of a catalogue can be cloned as it is described, and why the rest stays behind.

use boatlift_aws::glue::{DatabaseShown, Elsewhere, Table, TableShown};
use std::fmt;

/// Why a database or table stays behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stays {
    /// It is a link of Lake Formation.
    Link(String),
    /// Its data is in another system.
    Federated(String),
    /// A table format that keeps absolute paths, or a state of its own, in files.
    Format(&'static str),
    /// A list of absolute paths takes the place of its data.
    Symlinks,
    /// It is a view.
    View,
    /// It is a view with a text for each of several engines.
    DialectView,
    /// It is a materialized view.
    MaterializedView,
    /// Lake Formation keeps its files in transactions.
    Governed,
    /// The external schema's tables are in no Data Catalog.
    Schema(String),
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stays::Link(target) => write!(
                f,
                "it is a Lake Formation link to {target}: clone what it links to, and grant anew"
            ),
            Stays::Federated(connection) => {
                write!(f, "its data is in another system, behind connection `{connection}`")
            }
            Stays::Format(format) => write!(
                f,
                "it is a table of {format}, whose metadata files name the old places: \
                 move it with {format}'s own means"
            ),
            Stays::Symlinks => f.write_str(
                "its location holds lists of absolute paths (symlink manifests): \
                 generate them anew at the clone",
            ),
            Stays::View => f.write_str(
                "it is a view, whose text names databases as they were called: create it anew",
            ),
            Stays::DialectView => {
                f.write_str("it is a view with a text for each of several engines: create it anew")
            }
            Stays::MaterializedView => {
                f.write_str("it is a materialized view: create it anew from its query")
            }
            Stays::Governed => f.write_str("it is a governed table, a kind that was withdrawn"),
            Stays::Schema(kind) => {
                write!(f, "the external schema stands for {kind}, not for a Data Catalog")
            }
        }
    }
}

impl From<Elsewhere> for Stays {
    fn from(elsewhere: Elsewhere) -> Self {
        match elsewhere {
            Elsewhere::Link(target) => Stays::Link(target),
            Elsewhere::Federated(connection) => Stays::Federated(connection),
            Elsewhere::DialectView => Stays::DialectView,
            Elsewhere::MaterializedView => Stays::MaterializedView,
        }
    }
}

/// Why a database stays behind with all its tables, if it does.
pub(super) fn of_database(shown: &DatabaseShown) -> Option<Stays> {
    shown.elsewhere.clone().map(Stays::from)
}

/// Why a table stays behind, if it does.
pub(super) fn of_table(shown: &TableShown) -> Option<Stays> {
    let table = &shown.table;
    let kind = table.table_type.as_deref().unwrap_or_default().to_ascii_uppercase();
    let stays = shown.elsewhere.clone().map(Stays::from);
    stays.or_else(|| format(table)).or_else(|| match &*kind {
        "VIRTUAL_VIEW" => Some(Stays::View),
        "MATERIALIZED_VIEW" => Some(Stays::MaterializedView),
        "GOVERNED" => Some(Stays::Governed),
        _ => None,
    })
}

fn format(table: &Table) -> Option<Stays> {
    let words = ["table_type", "spark.sql.sources.provider", "classification", "table_format"];
    for word in words.iter().filter_map(|name| table.parameter(name)) {
        match &*word.to_ascii_lowercase() {
            "iceberg" => return Some(Stays::Format("Iceberg")),
            "delta" => return Some(Stays::Format("Delta Lake")),
            "hudi" | "org.apache.hudi" => return Some(Stays::Format("Hudi")),
            _ => {}
        }
    }
    if table.parameter("metadata_location").is_some() {
        return Some(Stays::Format("Iceberg"));
    }
    let class = table.storage.as_ref()?.input_format.as_deref()?;
    match class {
        _ if class.contains(".hudi.") || class.contains("Hoodie") => Some(Stays::Format("Hudi")),
        _ if class.contains("iceberg") => Some(Stays::Format("Iceberg")),
        _ if class.ends_with("SymlinkTextInputFormat") => Some(Stays::Symlinks),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_aws::glue::Storage;

    fn shown(parameter: Option<(&str, &str)>, kind: &str, class: &str) -> TableShown {
        let parameters = parameter.map(|(name, value)| [(name.into(), value.into())].into());
        let input_format = Some(class.to_owned());
        TableShown {
            table: Table {
                parameters,
                table_type: Some(kind.into()),
                storage: Some(Storage { input_format, ..Storage::default() }),
                ..Table::default()
            },
            version: String::new(),
            version_id: None,
            elsewhere: None,
        }
    }

    #[test]
    fn what_describes_itself_wholly_is_carried_and_the_rest_says_why() {
        let text = "org.apache.hadoop.mapred.TextInputFormat";
        let external = "EXTERNAL_TABLE";
        for (parameter, kind, class, stays) in [
            (None, external, text, None),
            (Some(("classification", "parquet")), external, text, None),
            (Some(("table_type", "ICEBERG")), external, text, Some("Iceberg")),
            (Some(("metadata_location", "s3://b/m.json")), external, text, Some("Iceberg")),
            (Some(("spark.sql.sources.provider", "delta")), external, text, Some("Delta Lake")),
            (Some(("spark.sql.sources.provider", "hudi")), external, text, Some("Hudi")),
            (None, external, "org.apache.hudi.hadoop.HoodieParquetInputFormat", Some("Hudi")),
            (
                None,
                external,
                "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat",
                Some("symlink manifests"),
            ),
            (None, "VIRTUAL_VIEW", "", Some("a view")),
            (None, "GOVERNED", text, Some("governed")),
        ] {
            let why = of_table(&shown(parameter, kind, class)).map(|stays| stays.to_string());
            match stays {
                None => assert_eq!(why, None),
                Some(word) => assert!(why.is_some_and(|why| why.contains(word)), "{word}"),
            }
        }
    }

    #[test]
    fn a_link_stays_whatever_it_looks_like() {
        let mut link = shown(None, "EXTERNAL_TABLE", "");
        link.elsewhere = Some(Elsewhere::Link("111122223333.sales.orders".into()));
        let why = of_table(&link).map(|stays| stays.to_string()).unwrap_or_default();
        assert!(why.contains("link to 111122223333.sales.orders"), "{why}");
    }
}
