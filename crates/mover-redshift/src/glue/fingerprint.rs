//! Fingerprints: one hash over all that can be written of an object, but for our marks.
//!
//! An object is stated as JSON in the API's names, without what is empty. Equal fingerprints
//! are equal descriptions.

use super::marks::is_mark;
use boatlift_aws::glue::{Database, Partition, Table, Texts};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// A fingerprint.
pub(super) type Fingerprint = [u8; 32];

/// What is described in the API's names.
pub(super) trait Described: Serialize + Clone {
    fn parameters(&self) -> &Option<Texts>;

    fn parameters_mut(&mut self) -> &mut Option<Texts>;

    /// Without our marks.
    fn plain(&self) -> Cow<'_, Self> {
        let parameters = self.parameters();
        if !parameters.iter().flatten().any(|(name, _)| is_mark(name)) {
            return Cow::Borrowed(self);
        }
        let mut plain = self.clone();
        if let Some(parameters) = plain.parameters_mut() {
            parameters.retain(|name, _| !is_mark(name));
        }
        Cow::Owned(plain)
    }

    /// Without our marks, as JSON.
    fn stated(&self) -> Value {
        serde_json::to_value(&*self.plain()).expect("a description is texts and numbers")
    }

    fn fingerprint(&self) -> Fingerprint {
        let stated =
            serde_json::to_vec(&*self.plain()).expect("a description is texts and numbers");
        *blake3::hash(&stated).as_bytes()
    }
}

impl Described for Database {
    fn parameters(&self) -> &Option<Texts> {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Option<Texts> {
        &mut self.parameters
    }
}

impl Described for Table {
    fn parameters(&self) -> &Option<Texts> {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Option<Texts> {
        &mut self.parameters
    }
}

impl Described for Partition {
    fn parameters(&self) -> &Option<Texts> {
        &self.parameters
    }

    fn parameters_mut(&mut self) -> &mut Option<Texts> {
        &mut self.parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::marks::MOVE;
    use boatlift_aws::glue::{Column, Serde, Storage};

    fn table() -> Table {
        Table { name: "t".into(), storage: Some(Storage::default()), ..Table::default() }
    }

    #[test]
    fn what_is_empty_and_what_is_absent_are_one() {
        let mut other = table();
        other.description = Some(String::new());
        other.partition_keys = Some(Vec::new());
        other.parameters = Some([(MOVE.to_owned(), "m".to_owned())].into());
        assert_eq!(table().fingerprint(), other.fingerprint());
    }

    #[test]
    fn every_field_counts() {
        let changes: [fn(&mut Table); 9] = [
            |table| table.description = Some("x".into()),
            |table| table.owner = Some("x".into()),
            |table| table.retention = 1,
            |table| table.last_access_time = Some(1),
            |table| table.partition_keys = Some(vec![Column::default()]),
            |table| table.view_original_text = Some("x".into()),
            |table| table.table_type = Some("x".into()),
            |table| table.parameters = Some([(String::new(), String::new())].into()),
            |table| {
                table.storage =
                    Some(Storage { serde: Some(Serde::default()), ..Storage::default() });
            },
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut other = table();
            change(&mut other);
            assert_ne!(table().fingerprint(), other.fingerprint(), "change {at}");
        }
    }
}
