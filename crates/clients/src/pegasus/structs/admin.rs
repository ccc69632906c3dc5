//! The cluster as a whole: nodes, keys and values about it, the balancer.

use crate::pegasus::wire::{Address, ErrorCode, HostPort, wire_enum, wire_struct};

wire_enum! {
    /// Whether a replica server lives.
    NodeStatus {
        /// Unknown; in a question, whether or not.
        Invalid = 0,
        /// It lives.
        Alive = 1,
        /// It does not.
        Unalive = 2,
    }

    /// How a pattern is compared with names.
    MatchType {
        /// Not at all; servers refuse it.
        Invalid = 0,
        /// Every name.
        All = 1,
        /// The very name.
        Exact = 2,
        /// Anywhere in it.
        Anywhere = 3,
        /// At its start.
        Prefix = 4,
        /// At its end.
        Postfix = 5,
        /// By a regular expression.
        Regex = 6,
    }

    /// How much a meta server moves replicas about.
    MetaLevel {
        /// Only asks for the level.
        Read = 10_000,
        /// It does nothing.
        Stopped = 100,
        /// It answers, and changes nothing.
        Blind = 200,
        /// It replaces no replica.
        Freezed = 300,
        /// It replaces what is lost and balances nothing.
        Steady = 400,
        /// It balances too.
        Lively = 500,
    }
}

wire_struct! {
    /// `RPC_CM_CLUSTER_INFO`.
    ClusterInfoRequest {}

    /// Its answer: as many values as keys.
    ClusterInfoResponse {
        1 err: ErrorCode,
        2 keys: Vec<String>,
        3 values: Vec<String>,
    }

    /// `RPC_CM_LIST_NODES`.
    ListNodesRequest {
        1 status: NodeStatus,
    }

    /// Its answer.
    ListNodesResponse {
        1 err: ErrorCode,
        2 infos: Vec<NodeInfo>,
    }

    /// A replica server.
    NodeInfo {
        1 status: NodeStatus,
        2 node: Address,
        3 hp_node: Option<HostPort>,
    }

    /// `RPC_CM_CONTROL_META`.
    ControlMetaRequest {
        1 level: MetaLevel,
    }

    /// Its answer.
    ControlMetaResponse {
        1 err: ErrorCode,
        2 old_level: MetaLevel,
    }

    /// `RPC_CM_QUERY_BACKUP_STATUS`: one backup of a table, or its last ones.
    QueryBackupStatusRequest {
        1 app_id: i32,
        2 backup_id: Option<i64>,
    }

    /// Its answer.
    QueryBackupStatusResponse {
        1 err: ErrorCode,
        2 hint_message: String,
        3 backup_items: Option<Vec<BackupItem>>,
    }

    /// A backup of a table that somebody asked for.
    BackupItem {
        1 backup_id: i64,
        2 app_name: String,
        3 backup_provider_type: String,
        4 backup_path: String,
        5 start_time_ms: i64,
        6 end_time_ms: i64,
        7 is_backup_failed: bool,
    }

    /// `RPC_CM_GET_MAX_REPLICA_COUNT`.
    MaxReplicaCountRequest {
        1 app_name: String,
    }

    /// Its answer.
    MaxReplicaCountResponse {
        1 err: ErrorCode,
        2 max_replica_count: i32,
        3 hint_message: String,
    }
}
