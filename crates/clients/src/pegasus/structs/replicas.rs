//! Replica servers: what they hold, and their remote commands.

use crate::pegasus::wire::{Address, ErrorCode, Gpid, HostPort, wire_enum, wire_struct};

wire_enum! {
    /// What a replica is to its partition.
    ReplicaStatus {
        /// Nothing.
        Inactive = 0,
        /// Broken.
        Error = 1,
        /// The one that clients speak to.
        Primary = 3,
        /// A copy.
        Secondary = 4,
        /// Becoming a copy.
        PotentialSecondary = 5,
        /// Being split.
        PartitionSplit = 6,
    }
}

wire_struct! {
    /// `RPC_QUERY_REPLICA_INFO`.
    QueryReplicaInfoRequest {
        1 node1: Address,
        2 hp_node1: Option<HostPort>,
    }

    /// Its answer.
    QueryReplicaInfoResponse {
        1 err: ErrorCode,
        2 replicas: Vec<ReplicaInfo>,
    }

    /// A replica as it is now.
    ReplicaInfo {
        1 pid: Gpid,
        2 ballot: i64,
        3 status: ReplicaStatus,
        4 last_committed_decree: i64,
        /// On 2.4 and 2.5 without what is not in the log yet.
        5 last_prepared_decree: i64,
        6 last_durable_decree: i64,
        7 app_type: String,
        8 disk_tag: String,
        9 manual_compact_status: Option<i32>,
    }

    /// `RPC_CLI_CLI_CALL`, answered by text.
    CommandRequest {
        1 cmd: String,
        2 arguments: Vec<String>,
    }
}
