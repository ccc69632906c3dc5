//! The Data Catalog: which databases are cloned, and what they are called.

use crate::glue::{DatabaseNames, Selection, Statistics, Tables};
use boatlift_aws::session::AwsOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What of the Data Catalog is cloned: the databases that are named, with all of their tables;
/// where none is, the tables that were queried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Catalogue {
    /// Databases by LOWER's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<String>,
    /// What follows LOWER's name in the clone's.
    #[serde(default = "suffix")]
    pub suffix: String,
    /// Names of clones that are given, by LOWER's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// LOWER's account, where it is another than that of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<AwsOptions>,
    /// UPPER's account, where it is another than that of the clones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<AwsOptions>,
}

fn suffix() -> String {
    "_clone".to_owned()
}

impl Catalogue {
    /// The tables that were queried, in databases whose names have this suffix, in the accounts of
    /// the files and of the clones.
    #[must_use]
    pub fn of_queried(suffix: String) -> Catalogue {
        let (databases, names) = (Vec::new(), BTreeMap::new());
        Catalogue { databases, suffix, names, lower: None, upper: None }
    }

    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, account) in [("lower", &self.lower), ("upper", &self.upper)] {
            let checked = account.as_ref().map_or(Ok(()), AwsOptions::check);
            checked.map_err(|why| format!("{key}.{why}"))?;
        }
        Ok(())
    }

    /// What is cloned of the databases that are named.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let databases = self.databases.iter().map(|name| (name.to_lowercase(), Tables::All));
        Selection { databases: databases.collect(), ..Selection::default() }
    }

    /// What clones are called.
    #[must_use]
    pub fn database_names(&self) -> DatabaseNames {
        let given = self.names.iter().map(|(from, to)| (from.to_lowercase(), to.clone()));
        DatabaseNames { suffix: self.suffix.clone(), given: given.collect() }
    }

    /// Which column statistics come along: all.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics::All
    }
}
