//! Numbers of the interface: versions, states, what to fetch.

use std::fmt;

/// A version of the interface, counted as its documents do: `V8` is 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u8);

impl Version {
    /// The first with results in columns, of Hive 0.13: the oldest that is spoken here.
    pub const COLUMNS: Self = Self(6);
    /// Hive 1.2.
    pub const HIVE_1: Self = Self(8);
    /// The first with progress reports, of Hive 2.3 and 3: the newest that is spoken here.
    pub const PROGRESS: Self = Self(10);

    /// What to ask for, the best first. A server that does not know a number refuses it, so
    /// that the newer ones are tried before the older.
    pub(super) const PROBES: [Self; 3] = [Self::PROGRESS, Self::HIVE_1, Self::COLUMNS];

    /// The enum's value on the wire, one less than the name says.
    pub(super) fn to_wire(self) -> i32 {
        i32::from(self.0) - 1
    }

    pub(super) fn from_wire(value: i32) -> Option<Self> {
        u8::try_from(value.checked_add(1)?).ok().filter(|number| *number > 0).map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}", self.0)
    }
}

/// `TOperationState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not at its end: initialised, pending, running.
    Underway,
    /// Done.
    Finished,
    /// An error.
    Failed,
    /// Ended by somebody: its name.
    Ended(&'static str),
}

impl State {
    pub(super) fn of(value: i32) -> Self {
        match value {
            0 | 1 | 7 => Self::Underway,
            2 => Self::Finished,
            3 => Self::Ended("canceled"),
            4 => Self::Ended("closed"),
            8 => Self::Ended("timed out"),
            _ => Self::Failed,
        }
    }
}

/// What a fetch asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetch {
    /// The statement's rows.
    Rows = 0,
    /// The lines that the server logged for it.
    Log = 1,
}

pub(super) const OPEN_SESSION: &str = "OpenSession";
pub(super) const CLOSE_SESSION: &str = "CloseSession";
pub(super) const EXECUTE_STATEMENT: &str = "ExecuteStatement";
pub(super) const GET_OPERATION_STATUS: &str = "GetOperationStatus";
pub(super) const CANCEL_OPERATION: &str = "CancelOperation";
pub(super) const CLOSE_OPERATION: &str = "CloseOperation";
pub(super) const GET_RESULT_SET_METADATA: &str = "GetResultSetMetadata";
pub(super) const FETCH_RESULTS: &str = "FetchResults";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_one_more_than_on_the_wire() {
        assert_eq!(Version::HIVE_1.to_wire(), 7);
        assert_eq!(Version::from_wire(9), Some(Version::PROGRESS));
        assert_eq!(Version::from_wire(-1), None);
        assert_eq!(Version::from_wire(i32::MAX), None);
    }
}
