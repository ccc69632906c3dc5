//! What a server says of one object, and the facets that follow from it.

use super::errors::Refusal;
use super::names::Form;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::ChecksumType;
use boatlift_core::{Facets, Kind, Timestamp};
use std::collections::HashMap;

/// The metadata that holds the time of a file, in seconds since 1970, with a fraction. Other
/// tools keep it so too.
const MTIME: &str = "mtime";
/// The metadata that holds a mode, octal, with the bits of the kind.
const MODE: &str = "mode";
const KIND_OF_FILE: u32 = 0o100_000;
const KIND_OF_DIRECTORY: u32 = 0o040_000;
const MODE_BITS: u32 = 0o7777;
/// The mode of what has none in its metadata: as an ordinary user's new files have it.
const NEW_FILE: u32 = 0o644;
/// The same of directories.
const NEW_DIRECTORY: u32 = 0o755;

/// What a server says of one version of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectState {
    /// Bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The version's id, in a bucket that keeps versions.
    pub version: Option<String>,
    /// When the server took it in, in whole seconds.
    pub modified: Option<Timestamp>,
    /// The storage class; absent for the standard one.
    pub storage_class: Option<String>,
    /// The archive that an object of `INTELLIGENT_TIERING` has sunk into, as a look tells it:
    /// `ARCHIVE_ACCESS`, `DEEP_ARCHIVE_ACCESS`.
    pub archive: Option<String>,
    /// How far the restore of an archived object is, in the server's words.
    pub restore: Option<String>,
    /// The checksum over the whole content that the server keeps, if any.
    pub checksum: Option<Checksum>,
    /// What its owner wrote beside it.
    pub dress: Dress,
}

/// A checksum over a whole content, as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// By which rule.
    pub algorithm: Algorithm,
    /// The sum, in base 64.
    pub sum: String,
}

/// The rules by which servers sum up whole contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// CRC-64/NVME.
    Crc64Nvme,
    /// CRC-32.
    Crc32,
    /// CRC-32C.
    Crc32C,
    /// SHA-256, which no upload by parts has over its whole.
    Sha256,
}

/// What an object's owner wrote beside its content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dress {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`.
    pub expires: Option<DateTime>,
    /// Names and values of the owner's own.
    pub metadata: HashMap<String, String>,
}

/// The answers to HEAD and GET say the same of an object, in types of their own.
macro_rules! state_of {
    ($output:expr) => {{
        let output = $output;
        let sums = [
            (Algorithm::Crc64Nvme, output.checksum_crc64_nvme()),
            (Algorithm::Crc32, output.checksum_crc32()),
            (Algorithm::Crc32C, output.checksum_crc32_c()),
            (Algorithm::Sha256, output.checksum_sha256()),
        ];
        let text = |value: Option<&str>| value.map(str::to_owned);
        ObjectState {
            size: output.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: unquoted(output.e_tag()),
            version: text(output.version_id()).filter(|version| version != "null"),
            modified: output.last_modified().map(seconds),
            storage_class: output.storage_class().map(|class| class.as_str().to_owned()),
            archive: None,
            restore: text(output.restore()),
            checksum: whole(output.checksum_type(), &sums),
            dress: Dress {
                content_type: text(output.content_type()),
                content_encoding: text(output.content_encoding()),
                content_language: text(output.content_language()),
                content_disposition: text(output.content_disposition()),
                cache_control: text(output.cache_control()),
                expires: output
                    .expires_string()
                    .and_then(|time| DateTime::from_str(time, HTTP_DATE).ok()),
                metadata: output.metadata().cloned().unwrap_or_default(),
            },
        }
    }};
}

const HTTP_DATE: aws_sdk_s3::primitives::DateTimeFormat =
    aws_sdk_s3::primitives::DateTimeFormat::HttpDate;

impl From<&HeadObjectOutput> for ObjectState {
    fn from(output: &HeadObjectOutput) -> Self {
        let archive = output.archive_status().map(|status| status.as_str().to_owned());
        ObjectState { archive, ..state_of!(output) }
    }
}

impl From<&GetObjectOutput> for ObjectState {
    fn from(output: &GetObjectOutput) -> Self {
        state_of!(output)
    }
}

/// The first checksum that is over the whole content. One of parts has their number behind
/// it, and servers that know no types keep only such or whole ones.
fn whole(kind: Option<&ChecksumType>, sums: &[(Algorithm, Option<&str>)]) -> Option<Checksum> {
    if kind == Some(&ChecksumType::Composite) {
        return None;
    }
    let told = |(algorithm, sum): &(Algorithm, Option<&str>)| {
        let sum = sum.filter(|sum| !sum.is_empty() && !sum.contains('-'))?;
        Some(Checksum { algorithm: *algorithm, sum: sum.to_owned() })
    };
    sums.iter().find_map(told)
}

impl ObjectState {
    /// Whether the two are known to hold the same bytes, by what their servers keep: equal
    /// entity tags, or equal checksums by one rule.
    #[must_use]
    pub fn is_stored_alike(&self, other: &ObjectState) -> bool {
        let summed = match (&self.checksum, &other.checksum) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        self.size == other.size && (summed || is_same_tag(&self.etag, &other.etag))
    }

    /// Whether checksums by one rule tell that the two hold different bytes.
    #[must_use]
    pub fn is_stored_otherwise(&self, other: &ObjectState) -> bool {
        match (&self.checksum, &other.checksum) {
            (Some(one), Some(other)) => one.algorithm == other.algorithm && one.sum != other.sum,
            _ => false,
        }
    }

    /// The facets, encoded.
    pub(crate) fn encode(&self, form: Form, kind: Kind) -> Vec<u8> {
        let facets = Facets {
            size: (kind == Kind::File).then_some(self.size),
            version: (kind == Kind::File).then_some(self.etag.as_bytes()),
            ..Facets::of(kind)
        };
        let facets = match form {
            Form::Objects => Facets { ctime: self.modified, ..facets },
            Form::Tree => {
                let kept = self.dress.mtime();
                let (mtime, mode) = match kind {
                    Kind::File => (kept.or(self.modified), NEW_FILE),
                    _ => (kept, NEW_DIRECTORY),
                };
                let mode = self.dress.mode().unwrap_or(mode);
                Facets { mtime, mode: Some(mode), ..facets }
            }
        };
        let mut encoded = Vec::with_capacity(64);
        facets.encode(&mut encoded);
        encoded
    }
}

/// Whether equal entity tags tell of equal bytes: both are hashes, not words.
pub(crate) fn is_same_tag(one: &str, other: &str) -> bool {
    one == other && one.len() >= 32
}

impl Dress {
    /// What a file or directory with these facets is written with.
    pub(crate) fn of(facets: &Facets<'_>) -> Dress {
        let mut dress = Dress::default();
        if let Some(mtime) = facets.mtime {
            dress.metadata.insert(MTIME.to_owned(), printed(mtime));
        }
        if let Some(mode) = facets.mode {
            let kind = match facets.kind {
                Kind::Directory => KIND_OF_DIRECTORY,
                _ => KIND_OF_FILE,
            };
            dress.metadata.insert(MODE.to_owned(), format!("{:o}", kind | mode & MODE_BITS));
        }
        dress
    }

    fn mtime(&self) -> Option<Timestamp> {
        parsed(self.metadata.get(MTIME)?)
    }

    fn mode(&self) -> Option<u32> {
        let mode = u32::from_str_radix(self.metadata.get(MODE)?, 8).ok()?;
        Some(mode & MODE_BITS)
    }
}

/// Seconds since 1970 with all nine digits of the fraction that are not zero.
fn printed(time: Timestamp) -> String {
    // A time before 1970 counts its nanoseconds forward, a decimal number backward.
    let total = i128::from(time.seconds) * NANOSECONDS + i128::from(time.nanoseconds);
    let sign = if total < 0 { "-" } else { "" };
    let (seconds, fraction) = (total.abs() / NANOSECONDS, total.abs() % NANOSECONDS);
    let text = format!("{sign}{seconds}.{fraction:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const NANOSECONDS: i128 = 1_000_000_000;

fn parsed(text: &str) -> Option<Timestamp> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let nanoseconds: i128 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let total = whole.parse::<i128>().ok()? * NANOSECONDS + nanoseconds;
    let total = if negative { -total } else { total };
    Some(Timestamp {
        seconds: i64::try_from(total.div_euclid(NANOSECONDS)).ok()?,
        nanoseconds: u32::try_from(total.rem_euclid(NANOSECONDS)).ok()?,
    })
}

/// A server's time in whole seconds: a listing tells more digits than a look.
pub(crate) fn seconds(time: &DateTime) -> Timestamp {
    Timestamp { seconds: time.secs(), nanoseconds: 0 }
}

/// Some servers put an entity tag in quotes, some do not, and some do now and then.
pub(crate) fn unquoted(tag: Option<&str>) -> String {
    tag.unwrap_or_default().trim_matches('"').to_owned()
}

/// The other way round, for conditions.
pub(crate) fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

/// For objects whose look must name an entity tag.
pub(crate) fn pinned(state: &ObjectState) -> Result<&str, Refusal> {
    match &*state.etag {
        "" => Err(Refusal::ours("the server names no entity tag")),
        tag => Ok(tag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::FacetsRef;

    #[test]
    fn times_survive_their_metadata() {
        for (seconds, nanoseconds, text) in [
            (1_234_567_890, 0, "1234567890"),
            (1, 5, "1.000000005"),
            (-1, 500_000_000, "-0.5"),
            (0, 120_000_000, "0.12"),
        ] {
            let time = Timestamp { seconds, nanoseconds };
            assert_eq!((printed(time).as_str(), parsed(text)), (text, Some(time)));
        }
        for bad in ["", ".", "-", "1e3", "2020-01-01", "99999999999999999999999"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_s_mode_and_time_survive_their_metadata() {
        let facets = Facets {
            size: Some(3),
            mtime: Some(Timestamp { seconds: 7, nanoseconds: 8 }),
            mode: Some(0o4755),
            ..Facets::of(Kind::File)
        };
        let dress = Dress::of(&facets);
        assert_eq!(dress.metadata["mode"], "104755");
        let state = ObjectState { size: 3, etag: "e".into(), dress, ..ObjectState::default() };
        let encoded = state.encode(Form::Tree, Kind::File);
        let told = FacetsRef::checked(&encoded).expect("facets").decode();
        assert_eq!(told, Facets { version: Some(b"e"), ..facets });
    }

    #[test]
    fn between_buckets_no_time_is_compared() {
        let modified = Some(Timestamp { seconds: 7, nanoseconds: 0 });
        let state = ObjectState { modified, ..ObjectState::default() };
        let encoded = state.encode(Form::Objects, Kind::File);
        let told = FacetsRef::checked(&encoded).expect("facets").decode();
        assert_eq!((told.mtime, told.ctime), (None, modified));
    }

    #[test]
    fn stored_alike_asks_for_a_hash_or_a_whole_checksum() {
        let with = |etag: &str, sum: Option<&str>| ObjectState {
            size: 1,
            etag: etag.into(),
            checksum: sum.map(|sum| Checksum { algorithm: Algorithm::Crc32, sum: sum.to_owned() }),
            ..ObjectState::default()
        };
        let hash = "0123456789abcdef0123456789abcdef";
        assert!(with(hash, None).is_stored_alike(&with(hash, None)));
        assert!(with("x", Some("s=")).is_stored_alike(&with("y", Some("s="))));
        assert!(!with("", None).is_stored_alike(&with("", None)));
        assert!(!with(hash, None).is_stored_alike(&with("x", None)));
        let (one, other) = (with("x", Some("s=")), with("y", Some("t=")));
        assert!(!one.is_stored_alike(&other) && one.is_stored_otherwise(&other));
        assert!(!one.is_stored_otherwise(&with("y", None)));
        let parts = [(Algorithm::Crc32, Some("AAAAAA==-3"))];
        assert_eq!(whole(None, &parts), None, "a sum of sums");
    }
}
