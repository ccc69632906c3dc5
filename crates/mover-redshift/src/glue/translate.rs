//! LOWER's objects in UPPER's terms: the database's other name, and every location that was
//! cloned, wherever it stands.

use super::marks;
use super::options::DatabaseNames;
use super::relocation::{Kept, Relocation};
use boatlift_aws::glue::{Database, Partition, Storage, Table, Texts};

/// Parameters in which a person speaks: what looks like a location there is none.
const WORDS: [&str; 2] = ["comment", "description"];

/// An object in UPPER's terms, and what of it still names a place of LOWER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated<T> {
    pub(super) object: T,
    pub(super) kept: Vec<Kept>,
}

/// States LOWER's objects in UPPER's terms.
#[derive(Debug)]
pub(super) struct Translator {
    pub(super) names: DatabaseNames,
    pub(super) relocation: Relocation,
}

impl Translator {
    pub(super) fn database(&self, lower: &Database) -> Stated<Database> {
        let (mut object, mut kept) = (lower.clone(), Vec::new());
        object.name = self.names.upper(&lower.name);
        self.relocation.field("LocationUri", &mut object.location_uri, &mut kept);
        self.texts("Parameters", &mut object.parameters, &mut kept);
        Stated { object, kept }
    }

    pub(super) fn table(&self, lower: &Table) -> Stated<Table> {
        let (mut object, mut kept) = (lower.clone(), Vec::new());
        self.texts("Parameters", &mut object.parameters, &mut kept);
        if let Some(storage) = &mut object.storage {
            self.storage(storage, &mut kept);
        }
        Stated { object, kept }
    }

    pub(super) fn partition(&self, lower: &Partition) -> Stated<Partition> {
        let (mut object, mut kept) = (lower.clone(), Vec::new());
        self.texts("Parameters", &mut object.parameters, &mut kept);
        if let Some(storage) = &mut object.storage {
            self.storage(storage, &mut kept);
        }
        Stated { object, kept }
    }

    fn storage(&self, storage: &mut Storage, kept: &mut Vec<Kept>) {
        self.relocation.field("StorageDescriptor.Location", &mut storage.location, kept);
        for location in storage.additional_locations.iter_mut().flatten() {
            self.relocation.value("StorageDescriptor.AdditionalLocations", location, kept);
        }
        self.texts("StorageDescriptor.Parameters", &mut storage.parameters, kept);
        if let Some(serde) = &mut storage.serde {
            self.texts("StorageDescriptor.SerdeInfo.Parameters", &mut serde.parameters, kept);
        }
        if let Some(skew) = &mut storage.skew {
            self.texts("StorageDescriptor.SkewedInfo", &mut skew.locations, kept);
        }
    }

    fn texts(&self, path: &str, texts: &mut Option<Texts>, kept: &mut Vec<Kept>) {
        let Some(texts) = texts else { return };
        // LOWER may itself be the clone of an earlier move.
        texts.retain(|name, _| !marks::is_mark(name));
        for (name, value) in texts.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
            self.relocation.value(&format!("{path}[{name}]"), value, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use boatlift_aws::glue::{Serde, Skew};

    fn translator() -> Translator {
        let relocation = Relocation::new(|place| {
            let cloned = place.bucket == "lake";
            cloned.then(|| Place::new("new", format!("spectrumfiles/lake/{}", place.key)))
        });
        let names = DatabaseNames { suffix: "_clone".into(), ..DatabaseNames::default() };
        Translator { names, relocation }
    }

    fn texts(pairs: &[(&str, &str)]) -> Option<Texts> {
        Some(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    #[test]
    fn every_place_of_a_table_is_moved_and_nothing_else() {
        let lower = Table {
            name: "t".into(),
            description: Some("from s3://lake/t/".into()),
            parameters: texts(&[
                ("storage.location.template", "s3://lake/t/${ds}/"),
                ("comment", "s3://lake/t/"),
                ("boatlift.move", "an older one"),
                ("numRows", "7"),
            ]),
            storage: Some(Storage {
                location: Some("s3a://lake/t".into()),
                additional_locations: Some(vec!["s3://lake/u/".into()]),
                parameters: texts(&[("path", "s3://elsewhere/t")]),
                serde: Some(Serde {
                    parameters: texts(&[
                        ("avro.schema.url", "s3n://lake/t.avsc"),
                        ("path", "s3://lake/t"),
                    ]),
                    ..Serde::default()
                }),
                skew: Some(Skew { locations: texts(&[("x", "s3://lake/t/x")]), ..Skew::default() }),
                ..Storage::default()
            }),
            ..Table::default()
        };
        let Stated { object, kept } = translator().table(&lower);
        let parameter = |name: &str| object.parameter(name).map(str::to_owned);
        assert_eq!(object.description, lower.description);
        assert_eq!(
            parameter("storage.location.template").as_deref(),
            Some("s3://new/spectrumfiles/lake/t/${ds}/")
        );
        assert_eq!(parameter("comment").as_deref(), Some("s3://lake/t/"));
        assert_eq!(parameter("boatlift.move"), None);
        assert_eq!(parameter("numRows").as_deref(), Some("7"));
        let storage = object.storage.expect("storage");
        assert_eq!(storage.location.as_deref(), Some("s3a://new/spectrumfiles/lake/t"));
        assert_eq!(
            storage.additional_locations.expect("roots"),
            ["s3://new/spectrumfiles/lake/u/"]
        );
        let serde = storage.serde.and_then(|serde| serde.parameters).expect("settings");
        assert_eq!(serde["avro.schema.url"], "s3n://new/spectrumfiles/lake/t.avsc");
        assert_eq!(serde["path"], "s3://new/spectrumfiles/lake/t");
        let skew = storage.skew.and_then(|skew| skew.locations).expect("locations");
        assert_eq!(skew["x"], "s3://new/spectrumfiles/lake/t/x");
        let path = "StorageDescriptor.Parameters[path]".to_owned();
        let (location, reason) = ("s3://elsewhere/t".into(), "has no clone".into());
        assert_eq!(kept, [Kept { path, location, reason }]);
    }

    #[test]
    fn a_database_changes_its_name_and_place() {
        let lower = Database {
            name: "sales".into(),
            location_uri: Some("s3://lake/sales/".into()),
            ..Database::default()
        };
        let Stated { object, kept } = translator().database(&lower);
        assert_eq!((object.name.as_str(), kept.len()), ("sales_clone", 0));
        assert_eq!(object.location_uri.as_deref(), Some("s3://new/spectrumfiles/lake/sales/"));
    }

    #[test]
    fn a_partition_outside_its_table_s_root_is_moved_by_its_own_place() {
        let at = |location: &str| Partition {
            values: vec!["1".into()],
            storage: Some(Storage { location: Some(location.into()), ..Storage::default() }),
            ..Partition::default()
        };
        let moved = translator().partition(&at("s3://lake/far/away/")).object;
        assert_eq!(moved, at("s3://new/spectrumfiles/lake/far/away/"));
        let stays = translator().partition(&at("s3://other/x"));
        assert_eq!((stays.object, stays.kept.len()), (at("s3://other/x"), 1));
    }
}
