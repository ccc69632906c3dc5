//! What an object turned out to be when S3 was asked.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands where a workload touched something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// An object that can be cloned.
    There(Kept),
    /// Nothing, and no version that was loaded.
    Missing,
    /// Nothing, and every manifest that names it says that COPY goes on without it.
    MayBeMissing,
    /// No such bucket.
    BucketMissing,
    /// The bucket is in another region, and why that is a hindrance.
    OtherRegion(String),
    /// The server does not let us look.
    Denied(String),
    /// An object in an archive, by its storage class: it must be restored first.
    Archived(String),
    /// One that is being restored from this storage class.
    Restoring(String),
    /// An object whose key S3 does not keep (SSE-C): nobody can read it without.
    CustomerKey,
    /// The view cut its name, and this many objects begin so and fit.
    Ambiguous(u64),
    /// The clone's key would have this many bytes, more than S3 takes.
    TooLong(u64),
    /// It cannot be used, and why: a manifest that is none.
    Broken(String),
    /// A question that other rows have answered: a prefix, or a name that was cut.
    Expanded,
}

/// An object as it is cloned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The version that is cloned, where the bucket keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Seconds since 1970 of its last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<i64>,
    /// The storage class, where it is not the standard one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Whether it is what the workload met.
    pub pin: Pin,
}

/// Whether an object is what the workload met, and by what that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// The very content that was loaded: its entity tag was written down.
    Exact,
    /// The newest version that there was when it was loaded.
    ByTime,
    /// It was not changed since it was loaded.
    Unchanged,
    /// It was changed since, and what was loaded is gone: today's content is cloned.
    Changed,
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Pin::Exact => "as loaded, by entity tag",
            Pin::ByTime => "as loaded, by version and time",
            Pin::Unchanged => "unchanged since load",
            Pin::Changed => "changed since load",
        })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::There(kept) => write!(f, "{}", kept.pin),
            Standing::Missing => f.write_str("object not found"),
            Standing::MayBeMissing => {
                f.write_str("object not found, and COPY goes on without it: it is not mandatory")
            }
            Standing::BucketMissing => f.write_str("bucket not found"),
            Standing::OtherRegion(why) => write!(f, "in another region: {why}"),
            Standing::Denied(why) => write!(f, "access denied: {why}"),
            Standing::Archived(class) => write!(f, "archived in {class}: restore it first"),
            Standing::Restoring(class) => {
                write!(
                    f,
                    "archived in {class}: its restore is under way, run again when it is done"
                )
            }
            Standing::CustomerKey => f.write_str(
                "encrypted with a key of the customer's own (SSE-C), which S3 does not keep: \
                 copy it with that key",
            ),
            Standing::Ambiguous(0) => f.write_str("the view cut its name, and no object fits"),
            Standing::Ambiguous(found) => {
                write!(f, "the view cut its name, and {found} objects fit")
            }
            Standing::TooLong(bytes) => {
                write!(f, "its clone's key would have {bytes} bytes, more than S3 takes")
            }
            Standing::Broken(why) => f.write_str(why),
            Standing::Expanded => f.write_str("looked up"),
        }
    }
}
