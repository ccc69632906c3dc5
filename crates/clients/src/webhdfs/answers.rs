//! The JSON that WebHDFS answers with. Unknown fields are left out: later servers add some.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct RemoteAnswer {
    #[serde(rename = "RemoteException")]
    pub(crate) exception: RemoteException,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RemoteException {
    #[serde(rename = "exception")]
    pub(crate) class: String,
    #[serde(default)]
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FileChecksumAnswer {
    #[serde(rename = "FileChecksum")]
    pub(crate) checksum: ChecksumValue,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChecksumValue {
    pub(crate) algorithm: String,
    pub(crate) bytes: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PathAnswer {
    #[serde(rename = "Path")]
    pub(crate) path: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DifferenceAnswer {
    #[serde(rename = "SnapshotDiffReport")]
    pub(crate) report: DifferenceReport,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DifferenceReport {
    #[serde(rename = "diffList", default)]
    pub(crate) list: Vec<DifferenceValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DifferenceValue {
    pub(crate) source_path: String,
    #[serde(default)]
    pub(crate) target_path: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SummaryAnswer {
    #[serde(rename = "ContentSummary")]
    pub(crate) summary: SummaryValue,
}

/// Quotas are -1 where there is none.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryValue {
    pub(crate) directory_count: i64,
    pub(crate) file_count: i64,
    pub(crate) quota: i64,
    pub(crate) space_consumed: i64,
    pub(crate) space_quota: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AttributesAnswer {
    #[serde(rename = "XAttrs")]
    pub(crate) attributes: Vec<AttributeValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AttributeValue {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: Option<String>,
}
