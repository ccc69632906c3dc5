//! From the service's answers to our types: a list of what is taken over, and nothing else.

use super::definitions::{Database, Partition, Permissions, Table, Texts};
use super::storage::{Column, SchemaReference, Serde, Skew, Sort, Storage};
use aws_sdk_glue::primitives::DateTime;
use aws_sdk_glue::types as sdk;
use std::collections::HashMap;

fn texts(map: Option<HashMap<String, String>>) -> Option<Texts> {
    map.map(|map| map.into_iter().collect())
}

fn seconds(time: Option<DateTime>) -> Option<i64> {
    time.map(|time| time.secs())
}

fn each<T, R: From<T>>(list: Option<Vec<T>>) -> Option<Vec<R>> {
    list.map(|list| list.into_iter().map(R::from).collect())
}

impl From<sdk::Database> for Database {
    fn from(told: sdk::Database) -> Self {
        Database {
            name: told.name,
            description: told.description,
            location_uri: told.location_uri,
            parameters: texts(told.parameters),
            default_permissions: each(told.create_table_default_permissions),
        }
    }
}

impl From<sdk::PrincipalPermissions> for Permissions {
    fn from(told: sdk::PrincipalPermissions) -> Self {
        let principal = told.principal.and_then(|found| found.data_lake_principal_identifier);
        let permissions = told.permissions.unwrap_or_default();
        let permissions = permissions.iter().map(|right| right.as_str().to_owned()).collect();
        Permissions { principal, permissions }
    }
}

impl From<sdk::Table> for Table {
    fn from(told: sdk::Table) -> Self {
        Table {
            name: told.name,
            description: told.description,
            owner: told.owner,
            last_access_time: seconds(told.last_access_time),
            last_analyzed_time: seconds(told.last_analyzed_time),
            retention: told.retention,
            storage: told.storage_descriptor.map(Storage::from),
            partition_keys: each(told.partition_keys),
            view_original_text: told.view_original_text,
            view_expanded_text: told.view_expanded_text,
            table_type: told.table_type,
            parameters: texts(told.parameters),
        }
    }
}

impl From<sdk::Partition> for Partition {
    fn from(told: sdk::Partition) -> Self {
        Partition {
            values: told.values.unwrap_or_default(),
            last_access_time: seconds(told.last_access_time),
            last_analyzed_time: seconds(told.last_analyzed_time),
            storage: told.storage_descriptor.map(Storage::from),
            parameters: texts(told.parameters),
        }
    }
}

impl From<sdk::StorageDescriptor> for Storage {
    fn from(told: sdk::StorageDescriptor) -> Self {
        Storage {
            columns: each(told.columns),
            location: told.location,
            additional_locations: told.additional_locations,
            input_format: told.input_format,
            output_format: told.output_format,
            compressed: told.compressed,
            number_of_buckets: told.number_of_buckets,
            serde: told.serde_info.map(Serde::from),
            bucket_columns: told.bucket_columns,
            sort_columns: each(told.sort_columns),
            parameters: texts(told.parameters),
            skew: told.skewed_info.map(Skew::from),
            stored_as_sub_directories: told.stored_as_sub_directories,
            schema_reference: told.schema_reference.map(SchemaReference::from),
        }
    }
}

impl From<sdk::Column> for Column {
    fn from(told: sdk::Column) -> Self {
        Column {
            name: told.name,
            kind: told.r#type,
            comment: told.comment,
            parameters: texts(told.parameters),
        }
    }
}

impl From<sdk::SerDeInfo> for Serde {
    fn from(told: sdk::SerDeInfo) -> Self {
        Serde {
            name: told.name,
            serialization_library: told.serialization_library,
            parameters: texts(told.parameters),
        }
    }
}

impl From<sdk::Order> for Sort {
    fn from(told: sdk::Order) -> Self {
        Sort { column: told.column, sort_order: told.sort_order }
    }
}

impl From<sdk::SkewedInfo> for Skew {
    fn from(told: sdk::SkewedInfo) -> Self {
        Skew {
            columns: told.skewed_column_names,
            values: told.skewed_column_values,
            locations: texts(told.skewed_column_value_location_maps),
        }
    }
}

impl From<sdk::SchemaReference> for SchemaReference {
    fn from(told: sdk::SchemaReference) -> Self {
        let id = told.schema_id;
        let (schema_arn, schema_name, registry_name) = match id {
            Some(id) => (id.schema_arn, id.schema_name, id.registry_name),
            None => (None, None, None),
        };
        SchemaReference {
            schema_arn,
            schema_name,
            registry_name,
            schema_version_id: told.schema_version_id,
            schema_version_number: told.schema_version_number,
        }
    }
}
