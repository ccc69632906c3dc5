//! The calls: each by the name that the servers know it by, with what it takes and gives.

use super::structs::*;
use super::wire::{Blob, ThriftType};

/// A call.
pub trait Rpc {
    /// Its name on the wire.
    const NAME: &'static str;
    /// What it takes.
    type Request: ThriftType;
    /// What it gives.
    type Response: ThriftType;
}

macro_rules! calls {
    ($($call:ident $name:literal: $request:ty => $response:ty,)*) => {$(
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Clone, Copy)]
        pub enum $call {}

        impl Rpc for $call {
            const NAME: &'static str = $name;
            type Request = $request;
            type Response = $response;
        }
    )*};
}

calls! {
    ClusterInfo "RPC_CM_CLUSTER_INFO": ClusterInfoRequest => ClusterInfoResponse,
    ListNodes "RPC_CM_LIST_NODES": ListNodesRequest => ListNodesResponse,
    ListApps "RPC_CM_LIST_APPS": ListAppsRequest => ListAppsResponse,
    CreateApp "RPC_CM_CREATE_APP": CreateAppRequest => CreateAppResponse,
    DropApp "RPC_CM_DROP_APP": DropAppRequest => DropAppResponse,
    RecallApp "RPC_CM_RECALL_APP": RecallAppRequest => RecallAppResponse,
    RenameApp "RPC_CM_RENAME_APP": RenameAppRequest => RenameAppResponse,
    UpdateAppEnv "RPC_CM_UPDATE_APP_ENV": UpdateAppEnvRequest => UpdateAppEnvResponse,
    QueryConfig "RPC_CM_QUERY_PARTITION_CONFIG_BY_INDEX":
        QueryConfigRequest => QueryConfigResponse,
    AddDuplication "RPC_CM_ADD_DUPLICATION": AddDuplicationRequest => AddDuplicationResponse,
    QueryDuplication "RPC_CM_QUERY_DUPLICATION":
        QueryDuplicationRequest => QueryDuplicationResponse,
    ModifyDuplication "RPC_CM_MODIFY_DUPLICATION":
        ModifyDuplicationRequest => ModifyDuplicationResponse,
    ListDuplication "RPC_CM_LIST_DUPLICATION":
        ListDuplicationRequest => ListDuplicationResponse,
    ControlMeta "RPC_CM_CONTROL_META": ControlMetaRequest => ControlMetaResponse,
    QueryBackupStatus "RPC_CM_QUERY_BACKUP_STATUS":
        QueryBackupStatusRequest => QueryBackupStatusResponse,
    MaxReplicaCount "RPC_CM_GET_MAX_REPLICA_COUNT":
        MaxReplicaCountRequest => MaxReplicaCountResponse,
    QueryReplicaInfo "RPC_QUERY_REPLICA_INFO":
        QueryReplicaInfoRequest => QueryReplicaInfoResponse,
    Command "RPC_CLI_CLI_CALL": CommandRequest => String,
    Get "RPC_RRDB_RRDB_GET": Blob => ReadResponse,
    Ttl "RPC_RRDB_RRDB_TTL": Blob => TtlResponse,
    SortKeyCount "RPC_RRDB_RRDB_SORTKEY_COUNT": Blob => CountResponse,
    Put "RPC_RRDB_RRDB_PUT": UpdateRequest => UpdateResponse,
    Remove "RPC_RRDB_RRDB_REMOVE": Blob => UpdateResponse,
    MultiPut "RPC_RRDB_RRDB_MULTI_PUT": MultiPutRequest => UpdateResponse,
    MultiGet "RPC_RRDB_RRDB_MULTI_GET": MultiGetRequest => MultiGetResponse,
    MultiRemove "RPC_RRDB_RRDB_MULTI_REMOVE": MultiRemoveRequest => MultiRemoveResponse,
    BatchGet "RPC_RRDB_RRDB_BATCH_GET": BatchGetRequest => BatchGetResponse,
    Increment "RPC_RRDB_RRDB_INCR": IncrRequest => IncrResponse,
    CheckAndSet "RPC_RRDB_RRDB_CHECK_AND_SET": CheckAndSetRequest => CheckAndSetResponse,
    GetScanner "RPC_RRDB_RRDB_GET_SCANNER": GetScannerRequest => ScanResponse,
    Scan "RPC_RRDB_RRDB_SCAN": ScanRequest => ScanResponse,
}

/// Ends a scan; one-way, its argument is the scan's `context_id`.
pub const CLEAR_SCANNER: &str = "RPC_RRDB_RRDB_CLEAR_SCANNER";
