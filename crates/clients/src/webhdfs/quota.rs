//! Quotas: how much may lie below a directory, and how much does.

use super::answers::SummaryAnswer;
use super::request::Verb;
use super::{WebHdfs, WebHdfsError};

/// What lies below a directory, and what may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUsage {
    /// Files and directories, the directory itself included.
    pub names: u64,
    /// The most of them; `None` without a quota.
    pub names_allowed: Option<u64>,
    /// Bytes on DataNodes: every replica counts.
    pub space: u64,
    /// The most of them; `None` without a quota.
    pub space_allowed: Option<u64>,
}

impl WebHdfs {
    /// The quota of a directory. Asked by the content summary, which Hadoop 2 has too: the
    /// NameNode walks the tree below for it.
    ///
    /// # Errors
    /// When it is not there or the cluster cannot be asked.
    pub fn quota(&self, directory: &str) -> Result<QuotaUsage, WebHdfsError> {
        let answer: SummaryAnswer = self.ask(Verb::Get, directory, "GETCONTENTSUMMARY", &[])?;
        let summary = answer.summary;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(QuotaUsage {
            names: count(summary.directory_count.saturating_add(summary.file_count)),
            names_allowed: u64::try_from(summary.quota).ok(),
            space: count(summary.space_consumed),
            space_allowed: u64::try_from(summary.space_quota).ok(),
        })
    }
}
