//! How a bucket is read and written.

use crate::session::{AwsOptions, Checksums};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;
/// What every server takes for a part that is not the last, in MiB.
const SMALLEST_PART: u64 = 5;
/// What Amazon copies in one request, and takes for one part, in MiB.
const LARGEST_PART: u64 = 5 * 1024;

/// As many parts are sent as one.
const PARTS_AS_ONE: u64 = 4;
/// And as many MiB of them, since they are held in memory.
const LARGEST_OF_FEW: u64 = 64;

/// How one side's bucket is reached, read and written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct S3Options {
    /// Where to, as whom, and by which role.
    pub session: AwsOptions,
    /// The storage class of what is written [default: the bucket's].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// How what is written is encrypted [default: as the bucket says].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// The account that must own the bucket: requests to any other's are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_bucket_owner: Option<String>,
    /// We pay for requests to a bucket whose owner does not.
    pub requester_pays: bool,
    /// A grant that goes with what is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Grant>,
    /// Whether an object's tags are copied with it.
    pub tags: Tags,
    /// The size of parts that are sent, in MiB: at least 5. It grows for what has more than
    /// 10,000 of them. What has at most four, of 64 MiB together, is sent in one
    /// request.
    pub part_mib: u64,
    /// Objects above this size are copied inside the server by parts, in MiB: at most 5120.
    pub copy_parts_above_mib: u64,
    /// The size of such parts, in MiB.
    pub copy_part_mib: u64,
    /// Requests in flight at a time. A server that asks for fewer gets fewer.
    pub requests: u32,
}

/// How what is written is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// With keys of S3 itself.
    S3,
    /// With this key of the key service, by id or ARN.
    Kms(String),
}

/// A grant that goes with what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// The owner of the bucket may do everything, where the writer is of another account.
    BucketOwnerFullControl,
}

/// Whether an object's tags are copied with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tags {
    /// They are. Where the right to read them is missing, the object goes without, with a
    /// warning.
    #[default]
    Copy,
    /// They are not.
    Drop,
}

impl Default for S3Options {
    fn default() -> Self {
        S3Options {
            session: AwsOptions::default(),
            storage_class: None,
            encryption: None,
            expected_bucket_owner: None,
            requester_pays: false,
            acl: None,
            tags: Tags::Copy,
            part_mib: 16,
            copy_parts_above_mib: LARGEST_PART,
            copy_part_mib: 256,
            requests: 64,
        }
    }
}

impl S3Options {
    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub fn check(&self) -> Result<(), String> {
        self.session.check().map_err(|why| format!("session.{why}"))?;
        for (key, mib) in [("part-mib", self.part_mib), ("copy-part-mib", self.copy_part_mib)] {
            if !(SMALLEST_PART..=LARGEST_PART).contains(&mib) {
                return Err(format!("{key}: parts have {SMALLEST_PART} to {LARGEST_PART} MiB"));
            }
        }
        if self.copy_parts_above_mib > LARGEST_PART {
            return Err(format!("copy-parts-above-mib: at most {LARGEST_PART}"));
        }
        match self.requests {
            1..=1024 => Ok(()),
            _ => Err("requests: 1 to 1024".into()),
        }
    }

    /// The size of the parts in which `size` bytes are sent.
    pub(crate) fn part_bytes(&self, size: u64) -> u64 {
        fitting(self.part_mib * MIB, size)
    }

    /// Whether `size` bytes are sent in one request: so few parts would not be worth the
    /// requests that begin an upload and put it together.
    pub(crate) fn sends_whole(&self, size: u64) -> bool {
        let part = self.part_mib * MIB;
        size < part || (size <= PARTS_AS_ONE * part && size <= LARGEST_OF_FEW * MIB)
    }

    /// The size of the parts in which `size` bytes are copied inside the server.
    pub(crate) fn copy_part_bytes(&self, size: u64) -> u64 {
        fitting(self.copy_part_mib * MIB, size)
    }

    /// Whether the server copies `size` bytes by parts.
    pub(crate) fn copies_by_parts(&self, size: u64) -> bool {
        size > self.copy_parts_above_mib * MIB && size > SMALLEST_PART * MIB
    }

    pub(crate) fn sends_checksums(&self) -> bool {
        self.session.checksums == Checksums::WhenSupported
    }
}

/// Parts of at least `wanted` bytes, so that there are no more than 10,000.
fn fitting(wanted: u64, size: u64) -> u64 {
    const MOST_PARTS: u64 = 10_000;
    let least = size.div_ceil(MOST_PARTS).div_ceil(MIB) * MIB;
    wanted.max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_the_object_and_are_never_more_than_ten_thousand() {
        let options = S3Options::default();
        assert_eq!(options.part_bytes(1), 16 * MIB);
        assert!(options.sends_whole(64 * MIB) && !options.sends_whole(64 * MIB + 1));
        let large = S3Options { part_mib: 100, ..S3Options::default() };
        assert!(large.sends_whole(100 * MIB - 1) && !large.sends_whole(100 * MIB));
        for size in [5 << 40, 50 << 40] {
            let part = options.part_bytes(size);
            assert!(size.div_ceil(part) <= 10_000 && part <= LARGEST_PART * MIB * 2, "{size}");
        }
    }

    #[test]
    fn sizes_that_no_server_takes_are_refused_by_key() {
        for (options, key) in [
            (S3Options { part_mib: 4, ..S3Options::default() }, "part-mib"),
            (S3Options { copy_part_mib: 6000, ..S3Options::default() }, "copy-part-mib"),
            (S3Options { copy_parts_above_mib: 5121, ..S3Options::default() }, "copy-parts"),
            (S3Options { requests: 0, ..S3Options::default() }, "requests"),
        ] {
            let why = options.check().expect_err(key);
            assert!(why.starts_with(key), "{why}");
        }
    }
}
