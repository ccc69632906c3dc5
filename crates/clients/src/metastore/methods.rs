//! Methods and the exceptions that they declare.

use super::error::Exception::{self, *};

/// A method of the metastore.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Field ids of the result struct.
    pub(super) throws: &'static [(i16, Exception)],
}

macro_rules! methods {
    ($($constant:ident $name:literal [$($id:literal $exception:ident),*];)*) => {$(
        pub(super) const $constant: Method = Method {
            name: $name,
            throws: &[$(($id, $exception)),*],
        };
    )*};
}

methods! {
    GET_VERSION "getVersion" [];
    SET_UGI "set_ugi" [1 Meta];
    GET_CONFIG_VALUE "get_config_value" [1 ConfigValueSecurity];
    GET_DELEGATION_TOKEN "get_delegation_token" [1 Meta];

    GET_ALL_DATABASES "get_all_databases" [1 Meta];
    GET_DATABASES "get_databases" [1 Meta];
    GET_DATABASE_REQ "get_database_req" [1 NoSuchObject, 2 Meta];
    GET_DATABASE "get_database" [1 NoSuchObject, 2 Meta];
    CREATE_DATABASE "create_database" [1 AlreadyExists, 2 InvalidObject, 3 Meta];
    ALTER_DATABASE "alter_database" [1 Meta, 2 NoSuchObject];
    DROP_DATABASE "drop_database" [1 NoSuchObject, 2 InvalidOperation, 3 Meta];

    GET_ALL_TABLES "get_all_tables" [1 Meta];
    GET_TABLES "get_tables" [1 Meta];
    GET_TABLE_REQ "get_table_req" [1 Meta, 2 NoSuchObject];
    GET_TABLE "get_table" [1 Meta, 2 NoSuchObject];
    GET_TABLES_BY_NAME_REQ "get_table_objects_by_name_req"
        [1 Meta, 2 InvalidOperation, 3 UnknownDatabase];
    GET_TABLES_BY_NAME "get_table_objects_by_name"
        [1 Meta, 2 InvalidOperation, 3 UnknownDatabase];
    CREATE_TABLE_REQ "create_table_req" [1 AlreadyExists, 2 InvalidObject, 3 Meta, 4 NoSuchObject];
    CREATE_TABLE_WITH_CONTEXT "create_table_with_environment_context"
        [1 AlreadyExists, 2 InvalidObject, 3 Meta, 4 NoSuchObject];
    CREATE_TABLE_WITH_CONSTRAINTS "create_table_with_constraints"
        [1 AlreadyExists, 2 InvalidObject, 3 Meta, 4 NoSuchObject];
    ALTER_TABLE_REQ "alter_table_req" [1 InvalidOperation, 2 Meta];
    ALTER_TABLE_WITH_CONTEXT "alter_table_with_environment_context" [1 InvalidOperation, 2 Meta];
    DROP_TABLE_WITH_CONTEXT "drop_table_with_environment_context" [1 NoSuchObject, 2 Meta];

    // Hive 1.2 declares MetaException as 1, later versions NoSuchObjectException.
    GET_PARTITION_NAMES "get_partition_names" [1 Undetermined, 2 Meta];
    GET_PARTITIONS_BY_NAMES_REQ "get_partitions_by_names_req" [1 Meta, 2 NoSuchObject];
    GET_PARTITIONS_BY_NAMES "get_partitions_by_names" [1 Meta, 2 NoSuchObject];
    ADD_PARTITIONS_REQ "add_partitions_req" [1 InvalidObject, 2 AlreadyExists, 3 Meta];
    ALTER_PARTITIONS_REQ "alter_partitions_req" [1 InvalidOperation, 2 Meta];
    ALTER_PARTITIONS_WITH_CONTEXT "alter_partitions_with_environment_context"
        [1 InvalidOperation, 2 Meta];
    ALTER_PARTITIONS "alter_partitions" [1 InvalidOperation, 2 Meta];
    RENAME_PARTITION_REQ "rename_partition_req" [1 InvalidOperation, 2 Meta];
    RENAME_PARTITION "rename_partition" [1 InvalidOperation, 2 Meta];
    DROP_PARTITIONS_REQ "drop_partitions_req" [1 NoSuchObject, 2 Meta];

    GET_ALL_FUNCTIONS "get_all_functions" [1 Meta];
    GET_FUNCTIONS "get_functions" [1 Meta];
    GET_FUNCTION "get_function" [1 Meta, 2 NoSuchObject];
    CREATE_FUNCTION "create_function" [1 AlreadyExists, 2 InvalidObject, 3 Meta, 4 NoSuchObject];
    DROP_FUNCTION "drop_function" [1 NoSuchObject, 2 Meta];

    GET_PRIMARY_KEYS "get_primary_keys" [1 Meta, 2 NoSuchObject];
    GET_FOREIGN_KEYS "get_foreign_keys" [1 Meta, 2 NoSuchObject];
    GET_UNIQUE "get_unique_constraints" [1 Meta, 2 NoSuchObject];
    GET_NOT_NULL "get_not_null_constraints" [1 Meta, 2 NoSuchObject];
    GET_DEFAULTS "get_default_constraints" [1 Meta, 2 NoSuchObject];
    GET_CHECKS "get_check_constraints" [1 Meta, 2 NoSuchObject];
    ADD_PRIMARY_KEY "add_primary_key" [1 NoSuchObject, 2 Meta];
    ADD_FOREIGN_KEY "add_foreign_key" [1 NoSuchObject, 2 Meta];
    ADD_UNIQUE "add_unique_constraint" [1 NoSuchObject, 2 Meta];
    ADD_NOT_NULL "add_not_null_constraint" [1 NoSuchObject, 2 Meta];
    ADD_DEFAULT "add_default_constraint" [1 NoSuchObject, 2 Meta];
    ADD_CHECK "add_check_constraint" [1 NoSuchObject, 2 Meta];

    GET_TABLE_STATISTICS "get_table_statistics_req" [1 NoSuchObject, 2 Meta];
    GET_PARTITIONS_STATISTICS "get_partitions_statistics_req" [1 NoSuchObject, 2 Meta];
    SET_TABLE_STATISTICS "update_table_column_statistics"
        [1 NoSuchObject, 2 InvalidObject, 3 Meta, 4 InvalidInput];
    SET_STATISTICS "set_aggr_stats_for" [1 NoSuchObject, 2 InvalidObject, 3 Meta, 4 InvalidInput];

    LIST_PRIVILEGES "list_privileges" [1 Meta];
    GRANT_PRIVILEGES "grant_privileges" [1 Meta];
    GET_ROLE_NAMES "get_role_names" [1 Meta];

    CURRENT_EVENT "get_current_notificationEventId" [];
    NEXT_EVENTS "get_next_notification" [];
}
