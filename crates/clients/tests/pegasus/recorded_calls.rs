//! Every recorded call: read and written again to the same bytes, and read to the values that
//! another decoder found.

use boatlift_clients::pegasus::rpc::{self, Rpc};
use boatlift_clients::pegasus::structs::ClusterInfoRequest;
use boatlift_clients::pegasus::wire::{
    HeadVersion, ThriftType, decode_request, decode_response, encode_request, encode_response,
    request_length,
};
use serde::Serialize;
use serde_json::Value;

use crate::recorded::{Recorded, calls};

/// A value's fields, without the optional ones that are absent.
fn shown(value: &impl Serialize) -> Value {
    fn without_nothing(value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let there = fields.into_iter().filter(|(_, value)| !value.is_null());
                there.map(|(name, value)| (name, without_nothing(value))).collect()
            }
            Value::Array(items) => items.into_iter().map(without_nothing).collect(),
            other => other,
        }
    }
    without_nothing(serde_json::to_value(value).expect("JSON"))
}

fn check<C: Rpc>(call: &Recorded)
where
    C::Request: Serialize,
    C::Response: Serialize,
{
    check_request::<C::Request>(call);
    let response = decode_response(&call.response_bytes).expect(&call.name);
    assert_eq!(response.error, call.error, "{}", call.name);
    assert_eq!(response.name, format!("{}_ACK", call.rpc), "{}", call.name);
    assert_eq!(i64::from(response.sequence), call.sequence, "{}", call.name);
    let result: Option<C::Response> =
        (response.error == "ERR_OK").then(|| response.result().expect(&call.name));
    assert_eq!(shown(&result), call.response, "{}", call.name);
    let again =
        encode_response(&response.error, &response.name, response.sequence, result.as_ref());
    assert_eq!(again, call.response_bytes, "{}", call.name);
}

fn check_request<T: ThriftType + Serialize>(call: &Recorded) {
    let request = decode_request(&call.request_bytes).expect(&call.name);
    let argument: T = request.argument().expect(&call.name);
    assert_eq!(shown(&argument), call.request, "{}", call.name);
    let head = request.head;
    let version = i32::from(head.version == HeadVersion::One);
    for (field, number) in [
        ("version", version),
        ("app_id", head.app_id),
        ("partition_index", head.partition_index),
        ("timeout_ms", head.timeout_milliseconds),
    ] {
        assert_eq!(call.head[field], number, "{field} of {}", call.name);
    }
    assert_eq!(call.head["partition_hash"], head.partition_hash, "{}", call.name);
    let start = call.request_bytes[..20].try_into().expect("twenty bytes");
    assert_eq!(request_length(start), Ok(call.request_bytes.len()), "{}", call.name);
    let again = encode_request(&head, request.kind, &request.name, request.sequence, &argument);
    assert_eq!(again, call.request_bytes, "{}", call.name);
}

#[test]
fn every_recorded_call_is_read_and_written_as_it_was() {
    macro_rules! one_of {
        ($call:expr, $($kind:ident),*) => {
            match $call.rpc.as_str() {
                $(rpc::$kind::NAME => check::<rpc::$kind>($call),)*
                "RPC_CM_NO_SUCH" => check_request::<ClusterInfoRequest>($call),
                other => panic!("{other} is not known"),
            }
        };
    }
    let calls = calls();
    for call in &calls {
        one_of!(
            call,
            ClusterInfo,
            ListNodes,
            ListApps,
            CreateApp,
            DropApp,
            RecallApp,
            RenameApp,
            UpdateAppEnv,
            QueryConfig,
            AddDuplication,
            QueryDuplication,
            ModifyDuplication,
            ListDuplication,
            ControlMeta,
            MaxReplicaCount,
            Command,
            Get,
            Ttl,
            SortKeyCount,
            Put,
            Remove,
            MultiPut,
            MultiGet,
            MultiRemove,
            BatchGet,
            Increment,
            CheckAndSet,
            GetScanner,
            Scan
        );
    }
    assert_eq!(calls.len(), 255);
}
