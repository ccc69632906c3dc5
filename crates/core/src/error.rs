//! Errors: what was tried, on what, whether to try again, and a code that has a page.
//!
//! Libraries say what happened. Exit codes and hints are the command line's business;
//! it finds them by the [`Code`].

use serde::{Deserialize, Serialize};
use std::fmt;

/// The result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whether the same attempt may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The world must change first.
    Never,
    /// The cause may pass by itself.
    Later,
    /// The answer was lost: look at the other side before acting again.
    LookFirst,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $title:literal;)*) => {
        /// The kinds of error that a person can meet. Each has a page in the book.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* #[doc = $title] $name,)* }

        impl Code {
            /// Every code, in the order of the book.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The code as printed: `BL-AREA-NNN`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// One line on what it means.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }
        }
    };
}

codes! {
    ConfigSyntax = "BL-CONFIG-001", "the move file cannot be read as YAML";
    ConfigValue = "BL-CONFIG-002", "a key or value of the move file is not allowed";
    Usage = "BL-CONFIG-003", "the command cannot be carried out as typed";
    MoveUnknown = "BL-MOVE-001", "no such move";
    MoveClosed = "BL-MOVE-002", "the move was finished or abandoned";
    StateForeign = "BL-STATE-001", "the state directory belongs to another move";
    StateNewer = "BL-STATE-002", "the journal was written by a newer Boatlift";
    StateBusy = "BL-STATE-003", "another process runs this move";
    StateOnNetwork = "BL-STATE-004", "the state directory lies on a network file system";
    StateDamaged = "BL-STATE-005", "the journal or a segment is damaged";
    StateIo = "BL-STATE-006", "the state directory cannot be read or written";
    RootMissing = "BL-ROOT-001", "a root does not exist or is not a directory";
    RootUnreadable = "BL-ROOT-002", "a root cannot be read";
    RootsNested = "BL-ROOT-003", "one root lies inside the other";
    RootUnwritable = "BL-ROOT-004", "UPPER cannot be written";
    RootUnsupported = "BL-ROOT-005", "no store answers to this URL";
    TermNewer = "BL-ROOT-006", "UPPER was opened by a newer run of this move";
    RootOfAnotherMove = "BL-ROOT-007", "UPPER belongs to another move";
    ListingFailed = "BL-LIST-001", "a directory cannot be listed";
    ReadFailed = "BL-COPY-001", "an item cannot be read from LOWER";
    WriteFailed = "BL-COPY-002", "an item cannot be written to UPPER";
    NoSpace = "BL-COPY-003", "UPPER has no space or quota left";
    Denied = "BL-COPY-004", "the system denies access to an item";
    KeyEscapes = "BL-COPY-005", "a path would leave its root";
    AttributesRefused = "BL-COPY-006", "UPPER does not take an item's attributes";
    Unsupported = "BL-COPY-007", "UPPER cannot hold an item of this kind";
    InTheWay = "BL-COPY-008", "something on UPPER is in the way of an item";
    RemoveFailed = "BL-COPY-009", "an item cannot be removed from UPPER";
    FlushFailed = "BL-COPY-010", "UPPER did not make written data durable";
    RemovalsHeld = "BL-PLAN-001", "removals are held back until a person decides";
    PlanStale = "BL-PLAN-002", "the plan is not the move's newest open plan";
    ContentDiffers = "BL-VERIFY-001", "UPPER's content is not what LOWER had";
    LookDiffers = "BL-VERIFY-002", "UPPER does not show what was written";
    NotRunning = "BL-CONTROL-001", "the move is not running";
    ControlRefused = "BL-CONTROL-002", "the running move refused the command";
    SagaFailed = "BL-CUTOVER-001", "a step of the cutover failed and was undone";
    SagaStuck = "BL-CUTOVER-002", "an undo of the cutover failed";
    DeadlinePassed = "BL-CUTOVER-003", "the cutover's deadline passed before the switch";
    SagaOpen = "BL-CUTOVER-004", "users follow UPPER, but a later step of the cutover fails";
    NotReady = "BL-CUTOVER-005", "the move is not ready for the cutover";
    WindowClosed = "BL-CUTOVER-006", "it is too late to lead users back to LOWER";
    UpperWritten = "BL-CUTOVER-007", "users wrote on UPPER since the cutover";
    ServerUnreachable = "BL-SERVER-001", "a server cannot be reached";
    ServerRefused = "BL-SERVER-002", "a server refuses the login, or speaks another protocol";
    ServerFailed = "BL-SERVER-003", "a server answered with an error";
    HiveForeign = "BL-HIVE-001", "an object on UPPER is not ours to overwrite";
    HiveTranslated = "BL-HIVE-002", "UPPER's metastore did not keep an object as it was given";
    HiveNotReady = "BL-HIVE-003", "the data of a table or partition is not whole on UPPER yet";
    HiveWritten = "BL-HIVE-004", "a table was written or altered through UPPER";
    HiveLocation = "BL-HIVE-005", "a location has no place on UPPER, or two have the same";
    HiveNotLinked = "BL-HIVE-006", "UPPER cannot read LOWER's storage";
    HiveJobFailed = "BL-HIVE-007", "a job on the cluster failed";
    S3Region = "BL-S3-001", "a bucket is in another region";
    S3Archived = "BL-S3-002", "an object is archived and must be restored before it is read";
    S3Credentials = "BL-S3-003", "credentials for a bucket are missing, wrong or expired";
    S3Throttled = "BL-S3-004", "an object store asks for fewer requests";
    S3Unsupported = "BL-S3-005", "an object store does not know a request that is needed";
    GlueForeign = "BL-GLUE-001", "an object in the target catalogue is not ours to overwrite";
    GlueNotKept = "BL-GLUE-002", "the target catalogue did not keep an object as it was given";
    GlueThrottled = "BL-GLUE-003", "a catalogue asks for fewer requests";
    GlueMissing = "BL-GLUE-004", "a database or table of a catalogue is not there";
    PegasusNotReady = "BL-PEGASUS-001", "a Pegasus table cannot be duplicated as it is";
    PegasusForeign = "BL-PEGASUS-002", "a Pegasus table on UPPER is not fed by LOWER";
    PegasusStuck = "BL-PEGASUS-003", "a Pegasus duplication does not get on";
    RedshiftMissing = "BL-REDSHIFT-001", "an object that a workload touched is gone";
    Interrupted = "BL-RUN-001", "the run was interrupted";
    Bug = "BL-RUN-002", "Boatlift contradicts itself";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Code, String> {
        let found = Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| format!("there is no error code `{text}`"))
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What was tried, on what, and why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// The kind, with a page in the book.
    pub code: Code,
    /// What was tried, lowercase, without a full stop: `cannot open file`.
    pub tried: String,
    /// What it was tried on: a path, a key, an option.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// The reason the system gave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub because: Option<String>,
    /// Whether to try again.
    pub retry: Retry,
}

impl Error {
    /// An error that trying again will not cure.
    #[must_use]
    pub fn new(code: Code, tried: impl Into<String>) -> Self {
        Error { code, tried: tried.into(), subject: None, because: None, retry: Retry::Never }
    }

    /// Says on what.
    #[must_use]
    pub fn on(mut self, subject: impl fmt::Display) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl fmt::Display) -> Self {
        self.because = Some(reason.to_string());
        self
    }

    /// Says whether to try again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tried)?;
        if let Some(subject) = &self.subject {
            write!(f, " {subject}")?;
        }
        if let Some(because) = &self.because {
            write!(f, ": {because}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_parse_back() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }

    #[test]
    fn an_error_tells_what_where_and_why_in_one_line() {
        let error = Error::new(Code::ReadFailed, "cannot open").on("a/b").because("gone");
        assert_eq!(error.to_string(), "cannot open a/b: gone");
    }
}
