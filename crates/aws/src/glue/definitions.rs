//! Databases, tables and partitions as the service takes them: every field of its inputs but
//! those that make a thing a link to another. Stated as JSON with the API's names, what is
//! empty and what is absent are one, and the order is always the same.

use super::storage::{Column, Storage};
use serde::Serialize;
use std::collections::BTreeMap;

/// Names and values.
pub type Texts = BTreeMap<String, String>;

/// A database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Database {
    /// Its name, in lower case.
    pub name: String,
    /// What a person said of it.
    #[serde(skip_serializing_if = "no_text")]
    pub description: Option<String>,
    /// Where tables without a place of their own lie.
    #[serde(skip_serializing_if = "no_text")]
    pub location_uri: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
    /// Who may do what with tables to come. The service fills it in where it is absent; it
    /// is no part of what is stated as JSON.
    #[serde(skip)]
    pub default_permissions: Option<Vec<Permissions>>,
}

/// What somebody may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The principal of Lake Formation; `IAM_ALLOWED_PRINCIPALS` is everybody that IAM lets.
    pub principal: Option<String>,
    /// `SELECT`, `ALL` and their like.
    pub permissions: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// Its name, in lower case.
    pub name: String,
    /// What a person said of it.
    #[serde(skip_serializing_if = "no_text")]
    pub description: Option<String>,
    /// Its owner's name.
    #[serde(skip_serializing_if = "no_text")]
    pub owner: Option<String>,
    /// Seconds since 1970, as somebody told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_access_time: Option<i64>,
    /// Seconds since 1970, as somebody told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_analyzed_time: Option<i64>,
    /// Days that data is kept, as somebody told.
    pub retention: i32,
    /// Its data.
    #[serde(rename = "StorageDescriptor", skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// What it is partitioned by.
    #[serde(skip_serializing_if = "no_list")]
    pub partition_keys: Option<Vec<Column>>,
    /// A view's text.
    #[serde(skip_serializing_if = "no_text")]
    pub view_original_text: Option<String>,
    /// A view's text with all names in full.
    #[serde(skip_serializing_if = "no_text")]
    pub view_expanded_text: Option<String>,
    /// `EXTERNAL_TABLE`, `VIRTUAL_VIEW` and their like.
    #[serde(skip_serializing_if = "no_text")]
    pub table_type: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
}

/// A partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Partition {
    /// A value for each key of its table, in their order.
    pub values: Vec<String>,
    /// Seconds since 1970, as somebody told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_access_time: Option<i64>,
    /// Seconds since 1970, as somebody told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_analyzed_time: Option<i64>,
    /// Its data.
    #[serde(rename = "StorageDescriptor", skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// Anything else.
    #[serde(skip_serializing_if = "no_map")]
    pub parameters: Option<Texts>,
}

impl Table {
    /// The value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.as_ref()?.get(name).map(String::as_str)
    }

    /// The names of the keys that it is partitioned by.
    #[must_use]
    pub fn key_names(&self) -> Vec<&str> {
        let keys = self.partition_keys.as_deref().unwrap_or_default();
        keys.iter().map(|key| key.name.as_str()).collect()
    }

    /// The names of the columns in its files.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        let columns = self.storage.as_ref().and_then(|storage| storage.columns.as_deref());
        columns.unwrap_or_default().iter().map(|column| column.name.clone()).collect()
    }
}

pub(super) fn no_text(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(str::is_empty)
}

pub(super) fn no_list<T>(list: &Option<Vec<T>>) -> bool {
    list.as_deref().is_none_or(<[T]>::is_empty)
}

pub(super) fn no_map(map: &Option<Texts>) -> bool {
    map.as_ref().is_none_or(BTreeMap::is_empty)
}
