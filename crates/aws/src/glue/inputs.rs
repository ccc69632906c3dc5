//! From our types to the service's inputs.

use super::definitions::{Database, Partition, Permissions, Table, Texts};
use super::errors::Failure;
use super::storage::{Column, SchemaReference, Serde, Skew, Sort, Storage};
use aws_sdk_glue::error::BuildError;
use aws_sdk_glue::primitives::DateTime;
use aws_sdk_glue::types as sdk;
use std::collections::HashMap;

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Failure::malformed(error)
    }
}

fn texts(map: &Option<Texts>) -> Option<HashMap<String, String>> {
    let map = map.as_ref()?;
    Some(map.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn time(seconds: Option<i64>) -> Option<DateTime> {
    seconds.map(DateTime::from_secs)
}

fn each<T, R>(
    list: &Option<Vec<T>>,
    input: impl Fn(&T) -> Result<R, BuildError>,
) -> Result<Option<Vec<R>>, BuildError> {
    list.as_ref().map(|list| list.iter().map(input).collect()).transpose()
}

impl Database {
    pub(super) fn input(&self) -> Result<sdk::DatabaseInput, BuildError> {
        sdk::DatabaseInput::builder()
            .name(&self.name)
            .set_description(self.description.clone())
            .set_location_uri(self.location_uri.clone())
            .set_parameters(texts(&self.parameters))
            .set_create_table_default_permissions(each(&self.default_permissions, |found| {
                Ok(found.input())
            })?)
            .build()
    }
}

impl Permissions {
    fn input(&self) -> sdk::PrincipalPermissions {
        let principal = self.principal.as_ref().map(|name| {
            sdk::DataLakePrincipal::builder().data_lake_principal_identifier(name).build()
        });
        let rights = self.permissions.iter().map(|right| sdk::Permission::from(right.as_str()));
        sdk::PrincipalPermissions::builder()
            .set_principal(principal)
            .set_permissions(Some(rights.collect()))
            .build()
    }
}

impl Table {
    pub(super) fn input(&self) -> Result<sdk::TableInput, BuildError> {
        sdk::TableInput::builder()
            .name(&self.name)
            .set_description(self.description.clone())
            .set_owner(self.owner.clone())
            .set_last_access_time(time(self.last_access_time))
            .set_last_analyzed_time(time(self.last_analyzed_time))
            .retention(self.retention)
            .set_storage_descriptor(self.storage.as_ref().map(Storage::input).transpose()?)
            .set_partition_keys(each(&self.partition_keys, Column::input)?)
            .set_view_original_text(self.view_original_text.clone())
            .set_view_expanded_text(self.view_expanded_text.clone())
            .set_table_type(self.table_type.clone())
            .set_parameters(texts(&self.parameters))
            .build()
    }
}

impl Partition {
    pub(super) fn input(&self) -> Result<sdk::PartitionInput, BuildError> {
        Ok(sdk::PartitionInput::builder()
            .set_values(Some(self.values.clone()))
            .set_last_access_time(time(self.last_access_time))
            .set_last_analyzed_time(time(self.last_analyzed_time))
            .set_storage_descriptor(self.storage.as_ref().map(Storage::input).transpose()?)
            .set_parameters(texts(&self.parameters))
            .build())
    }
}

impl Storage {
    fn input(&self) -> Result<sdk::StorageDescriptor, BuildError> {
        Ok(sdk::StorageDescriptor::builder()
            .set_columns(each(&self.columns, Column::input)?)
            .set_location(self.location.clone())
            .set_additional_locations(self.additional_locations.clone())
            .set_input_format(self.input_format.clone())
            .set_output_format(self.output_format.clone())
            .compressed(self.compressed)
            .number_of_buckets(self.number_of_buckets)
            .set_serde_info(self.serde.as_ref().map(Serde::input))
            .set_bucket_columns(self.bucket_columns.clone())
            .set_sort_columns(each(&self.sort_columns, Sort::input)?)
            .set_parameters(texts(&self.parameters))
            .set_skewed_info(self.skew.as_ref().map(Skew::input))
            .stored_as_sub_directories(self.stored_as_sub_directories)
            .set_schema_reference(self.schema_reference.as_ref().map(SchemaReference::input))
            .build())
    }
}

impl Column {
    fn input(&self) -> Result<sdk::Column, BuildError> {
        sdk::Column::builder()
            .name(&self.name)
            .set_type(self.kind.clone())
            .set_comment(self.comment.clone())
            .set_parameters(texts(&self.parameters))
            .build()
    }
}

impl Serde {
    fn input(&self) -> sdk::SerDeInfo {
        sdk::SerDeInfo::builder()
            .set_name(self.name.clone())
            .set_serialization_library(self.serialization_library.clone())
            .set_parameters(texts(&self.parameters))
            .build()
    }
}

impl Sort {
    fn input(&self) -> Result<sdk::Order, BuildError> {
        sdk::Order::builder().column(&self.column).sort_order(self.sort_order).build()
    }
}

impl Skew {
    fn input(&self) -> sdk::SkewedInfo {
        sdk::SkewedInfo::builder()
            .set_skewed_column_names(self.columns.clone())
            .set_skewed_column_values(self.values.clone())
            .set_skewed_column_value_location_maps(texts(&self.locations))
            .build()
    }
}

impl SchemaReference {
    fn input(&self) -> sdk::SchemaReference {
        let named = [&self.schema_arn, &self.schema_name, &self.registry_name];
        let id = named.iter().any(|name| name.is_some()).then(|| {
            sdk::SchemaId::builder()
                .set_schema_arn(self.schema_arn.clone())
                .set_schema_name(self.schema_name.clone())
                .set_registry_name(self.registry_name.clone())
                .build()
        });
        sdk::SchemaReference::builder()
            .set_schema_id(id)
            .set_schema_version_id(self.schema_version_id.clone())
            .set_schema_version_number(self.schema_version_number)
            .build()
    }
}
