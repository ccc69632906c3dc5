//! Duplications: a table's changes shipped to another cluster.

use std::collections::BTreeMap;

use super::admin::MatchType;
use crate::pegasus::wire::{ErrorCode, wire_enum, wire_struct};

wire_enum! {
    /// Where a duplication is in its life.
    DuplicationStatus {
        /// Asked for.
        Init = 0,
        /// The primaries make checkpoints.
        Prepare = 1,
        /// The follower table is made and fetches the checkpoints.
        App = 2,
        /// Changes are shipped as they come.
        Log = 3,
        /// Nothing is shipped.
        Pause = 4,
        /// It is over.
        Removed = 5,
    }

    /// What a duplication does with what it cannot ship.
    FailMode {
        /// Tries for ever.
        Slow = 0,
        /// Leaves it out: rows are lost.
        Skip = 1,
        /// Ends the server.
        Fast = 2,
    }
}

wire_struct! {
    /// `RPC_CM_ADD_DUPLICATION`.
    AddDuplicationRequest {
        1 app_name: String,
        2 remote_cluster_name: String,
        /// Without a checkpoint, what was written before every primary has heard of the
        /// duplication never arrives.
        3 is_duplicating_checkpoint: Option<bool>,
        4 remote_app_name: Option<String>,
        5 remote_replica_count: Option<i32>,
    }

    /// Its answer. For a duplication that exists, 2.5 says `ERR_OK` with dupid 0 or the old one.
    AddDuplicationResponse {
        1 err: ErrorCode,
        2 appid: i32,
        3 dupid: i32,
        4 hint: Option<String>,
        5 remote_app_name: Option<String>,
        6 remote_replica_count: Option<i32>,
    }

    /// `RPC_CM_QUERY_DUPLICATION`.
    QueryDuplicationRequest {
        1 app_name: String,
    }

    /// Its answer.
    QueryDuplicationResponse {
        1 err: ErrorCode,
        3 appid: i32,
        4 entry_list: Vec<DuplicationEntry>,
    }

    /// A duplication. Its progress is no proof that anything arrived: it stands still while
    /// the duplication is paused or the other cluster is away.
    DuplicationEntry {
        1 dupid: i32,
        2 status: DuplicationStatus,
        3 remote: String,
        /// Unix milliseconds.
        4 create_ts: i64,
        /// Confirmed decrees by partition; only older servers send it.
        5 progress: Option<BTreeMap<i32, i64>>,
        7 fail_mode: Option<FailMode>,
        8 remote_app_name: Option<String>,
        9 remote_replica_count: Option<i32>,
        /// Not seen from any server.
        10 duplication_mode: Option<i32>,
        /// By partition; from 2.6.
        11 partition_states: Option<BTreeMap<i32, PartitionState>>,
    }

    /// How far a partition's duplication is, as the meta server heard last.
    PartitionState {
        1 confirmed_decree: i64,
        2 last_committed_decree: i64,
    }

    /// `RPC_CM_MODIFY_DUPLICATION`.
    ModifyDuplicationRequest {
        1 app_name: String,
        2 dupid: i32,
        3 status: Option<DuplicationStatus>,
        4 fail_mode: Option<FailMode>,
    }

    /// Its answer.
    ModifyDuplicationResponse {
        1 err: ErrorCode,
        2 appid: i32,
    }

    /// `RPC_CM_LIST_DUPLICATION`, from 2.6.
    ListDuplicationRequest {
        1 app_name_pattern: String,
        2 match_type: MatchType,
    }

    /// Its answer, by table.
    ListDuplicationResponse {
        1 err: ErrorCode,
        2 hint_message: String,
        3 app_states: BTreeMap<String, AppDuplications>,
    }

    /// The duplications of a table, by dupid.
    AppDuplications {
        1 appid: i32,
        2 duplications: BTreeMap<i32, DuplicationEntry>,
        3 app_name: String,
        4 partition_count: i32,
    }
}
