//! Tables: their lists, lives, options and partitions.

use std::collections::BTreeMap;

use super::admin::MatchType;
use crate::pegasus::wire::{Address, ErrorCode, Gpid, HostPort, wire_enum, wire_struct};

wire_enum! {
    /// Where a table is in its life.
    AppStatus {
        /// No state; in a question, every state.
        Invalid = 0,
        /// Serving.
        Available = 1,
        /// Being made.
        Creating = 2,
        /// Its creation failed.
        CreateFailed = 3,
        /// Being dropped.
        Dropping = 4,
        /// Its drop failed.
        DropFailed = 5,
        /// Dropped, and to be recalled for a while.
        Dropped = 6,
        /// Being recalled.
        Recalling = 7,
    }

    /// What to do with a table's environment variables.
    EnvOperation {
        /// Nothing.
        Invalid = 0,
        /// Give keys values.
        Set = 1,
        /// Take keys out.
        Delete = 2,
        /// Take out the keys that begin with a prefix, or all.
        Clear = 3,
    }
}

wire_struct! {
    /// `RPC_CM_LIST_APPS`.
    ListAppsRequest {
        1 status: AppStatus,
        /// From 2.6; older servers ignore it.
        2 app_name_pattern: Option<String>,
        3 match_type: Option<MatchType>,
    }

    /// Its answer.
    ListAppsResponse {
        1 err: ErrorCode,
        2 infos: Vec<AppInfo>,
        3 hint_message: Option<String>,
    }

    /// A table.
    AppInfo {
        1 status: AppStatus,
        2 app_type: String,
        3 app_name: String,
        4 app_id: i32,
        5 partition_count: i32,
        6 envs: BTreeMap<String, String>,
        7 is_stateful: bool,
        8 max_replica_count: i32,
        /// Unix seconds after which a dropped table cannot be recalled.
        9 expire_second: i64,
        /// Unix seconds.
        10 create_second: i64,
        /// Unix seconds.
        11 drop_second: i64,
        12 duplicating: Option<bool>,
        13 init_partition_count: i32,
        14 is_bulk_loading: Option<bool>,
        15 atomic_idempotent: Option<bool>,
    }

    /// `RPC_CM_CREATE_APP`.
    CreateAppRequest {
        1 app_name: String,
        2 options: CreateAppOptions,
    }

    /// How a table is made.
    CreateAppOptions {
        1 partition_count: i32,
        2 replica_count: i32,
        3 success_if_exist: bool,
        4 app_type: String,
        5 is_stateful: bool,
        6 envs: BTreeMap<String, String>,
        7 atomic_idempotent: Option<bool>,
    }

    /// Its answer.
    CreateAppResponse {
        1 err: ErrorCode,
        2 appid: i32,
    }

    /// `RPC_CM_DROP_APP`.
    DropAppRequest {
        1 app_name: String,
        2 options: DropAppOptions,
    }

    /// How a table is dropped.
    DropAppOptions {
        1 success_if_not_exist: bool,
        /// For how long it can be recalled.
        2 reserve_seconds: Option<i64>,
    }

    /// Its answer.
    DropAppResponse {
        1 err: ErrorCode,
    }

    /// `RPC_CM_RECALL_APP`.
    RecallAppRequest {
        1 app_id: i32,
        2 new_app_name: String,
    }

    /// Its answer.
    RecallAppResponse {
        1 err: ErrorCode,
        2 info: AppInfo,
    }

    /// `RPC_CM_RENAME_APP`, from 2.5.
    RenameAppRequest {
        1 old_app_name: String,
        2 new_app_name: String,
    }

    /// Its answer.
    RenameAppResponse {
        1 err: ErrorCode,
        2 hint_message: Option<String>,
    }

    /// `RPC_CM_UPDATE_APP_ENV`.
    UpdateAppEnvRequest {
        1 app_name: String,
        2 op: EnvOperation,
        3 keys: Option<Vec<String>>,
        4 values: Option<Vec<String>>,
        5 clear_prefix: Option<String>,
    }

    /// Its answer; that it is `ERR_OK` does not mean that any replica has heard of it.
    UpdateAppEnvResponse {
        1 err: ErrorCode,
        2 hint_message: String,
    }

    /// `RPC_CM_QUERY_PARTITION_CONFIG_BY_INDEX`.
    QueryConfigRequest {
        1 app_name: String,
        /// None of them asks for all.
        2 partition_indices: Vec<i32>,
    }

    /// Its answer.
    QueryConfigResponse {
        1 err: ErrorCode,
        2 app_id: i32,
        3 partition_count: i32,
        4 is_stateful: bool,
        5 partitions: Vec<PartitionConfiguration>,
    }

    /// Who serves a partition. The fields by name come from 2.6 servers.
    PartitionConfiguration {
        1 pid: Gpid,
        2 ballot: i64,
        3 max_replica_count: i32,
        4 primary: Address,
        5 secondaries: Vec<Address>,
        6 last_drops: Vec<Address>,
        7 last_committed_decree: i64,
        8 partition_flags: i32,
        9 hp_primary: Option<HostPort>,
        10 hp_secondaries: Option<Vec<HostPort>>,
        11 hp_last_drops: Option<Vec<HostPort>>,
    }
}
