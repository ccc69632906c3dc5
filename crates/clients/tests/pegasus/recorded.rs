//! Reading the recordings.

use serde_json::Value;

/// A call that a client sent and a real server answered.
pub(crate) struct Recorded {
    /// The server's version and the call, for messages.
    pub(crate) name: String,
    pub(crate) rpc: String,
    pub(crate) head: Value,
    pub(crate) request: Value,
    pub(crate) request_bytes: Vec<u8>,
    pub(crate) error: String,
    pub(crate) sequence: i64,
    pub(crate) response: Value,
    pub(crate) response_bytes: Vec<u8>,
}

/// Every recorded call, in the order of the recording.
pub(crate) fn calls() -> Vec<Recorded> {
    let versions = [
        ("2.5.0", include_str!("recorded/2.5.0.jsonl")),
        ("2.6.0", include_str!("recorded/2.6.0.jsonl")),
    ];
    let lines = versions.iter().flat_map(|(version, text)| {
        text.lines().map(move |line| (version, serde_json::from_str(line).expect("JSON")))
    });
    lines.map(|(version, line)| read(version, line)).collect()
}

fn read(version: &str, line: Value) -> Recorded {
    let text = |name: &str| line[name].as_str().expect("text").to_owned();
    Recorded {
        name: format!("{version} {}", text("name")),
        rpc: text("rpc"),
        head: line["head"].clone(),
        request: line["request"].clone(),
        request_bytes: bytes(&text("request_hex")),
        error: text("error"),
        sequence: line["sequence"].as_i64().expect("a number"),
        response: line["response"].clone(),
        response_bytes: bytes(&text("response_hex")),
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits")).collect()
}
