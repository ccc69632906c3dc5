//! Events as an agent sees them, and how they are read from bytes that any program of the
//! user may have scribbled over: every length is checked, and nothing is believed.

use crate::wire::{self, Facts, HEADER, Header, LONGEST, LONGEST_PATH, MAGIC, Operation};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

/// Something that happened to a path, told by the process that did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub operation: Operation,
    /// The absolute path, in the mount namespace of the process.
    pub path: PathBuf,
    /// The second path of [`Operation::Renamed`], [`Operation::Exchanged`] and
    /// [`Operation::Linked`]. One of both may lie outside of every root.
    pub other: Option<PathBuf>,
    /// How far the paths can be trusted to be the system's own.
    pub spelling: Spelling,
    /// Whether the process may go on to write.
    pub moment: Moment,
    /// The process, in its own PID namespace.
    pub pid: u32,
    /// The process by a number that is not used twice on a host.
    pub producer: u64,
    /// The number of the event in its process: a missing one was lost. One that comes twice is
    /// the same event. [`Operation::Opened`] has the number of the event that follows it.
    pub sequence: u64,
    /// When it happened, since 1970, by the clock of the host.
    pub time: Duration,
    /// What the system told of the file right before.
    pub facts: Option<Facts>,
}

/// Whether a path is the system's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Free of `.` and `..`. It may still go through symbolic links below a root.
    Clean,
    /// As the program wrote it: the system did not tell more.
    AsTyped,
}

/// When the event was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// While the process went on.
    Running,
    /// As it ended: what it holds in buffers is written after this.
    Ending,
}

/// Why bytes are no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// They do not begin as a record does.
    #[error("no record begins here")]
    Magic,
    /// There are fewer than the record says, or than any record has.
    #[error("the record is cut off")]
    Short,
    /// The length cannot be.
    #[error("the length of the record is not that of its parts")]
    Length,
    /// The sum is wrong: it was torn, or written over.
    #[error("the checksum of the record is wrong")]
    Checksum,
    /// The operation has no meaning.
    #[error("the operation of the record is not known")]
    Operation,
    /// A path is empty, relative or holds a zero byte.
    #[error("a path of the record is not an absolute path")]
    Path,
}

/// What was read at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Events, in the order in which they were told.
    pub events: Vec<Event>,
    /// Places where an event was lost: damaged, torn, or never finished by its process.
    pub lost: u64,
}

impl Event {
    /// The event that `bytes` begin with, and how many bytes it has.
    ///
    /// # Errors
    /// When they begin with none.
    pub fn read(bytes: &[u8]) -> Result<(Event, usize), Damage> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Damage::Magic);
        }
        let first = bytes.first_chunk::<HEADER>().ok_or(Damage::Short)?;
        let header = Header::from_bytes(first);
        let length = usize::from(u16::from_le_bytes([first[8], first[9]]));
        if length != header.record() || length > LONGEST.next_multiple_of(8) {
            return Err(Damage::Length);
        }
        let record = bytes.get(..length).ok_or(Damage::Short)?;
        let sum = u32::from_le_bytes([record[4], record[5], record[6], record[7]]);
        if sum != wire::checksum(record) {
            return Err(Damage::Checksum);
        }
        let (path, rest) = record[HEADER..].split_at(usize::from(header.path));
        let other = match &rest[..usize::from(header.other)] {
            [] => None,
            other => Some(absolute(other)?),
        };
        let event = Event {
            operation: Operation::of(header.operation).ok_or(Damage::Operation)?,
            path: absolute(path)?,
            other,
            spelling: match header.flags & wire::UNRESOLVED {
                0 => Spelling::Clean,
                _ => Spelling::AsTyped,
            },
            moment: match header.flags & wire::ENDING {
                0 => Moment::Running,
                _ => Moment::Ending,
            },
            pid: header.pid,
            producer: header.producer,
            sequence: header.sequence,
            time: Duration::from_nanos(header.time_ns),
            facts: (header.flags & wire::FACTS != 0).then_some(header.facts),
        };
        Ok((event, length))
    }
}

fn absolute(bytes: &[u8]) -> Result<PathBuf, Damage> {
    if bytes.first() != Some(&b'/') || bytes.contains(&0) || bytes.len() > LONGEST_PATH {
        return Err(Damage::Path);
    }
    Ok(PathBuf::from(OsString::from_vec(bytes.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(operation: u8, path: &[u8], other: &[u8]) -> Vec<u8> {
        let header = Header {
            operation,
            flags: wire::FACTS,
            pid: 7,
            producer: 1 << 60,
            sequence: 9,
            time_ns: 1_800_000_000_000_000_001,
            facts: Facts { device: 1, inode: 2, size: 3, modified_ns: -4, mode: 0o100_644 },
            path: path.len() as u16,
            other: other.len() as u16,
        };
        let mut bytes = [&header.to_bytes()[..], path, other].concat();
        bytes.resize(header.record(), 0);
        wire::seal(&mut bytes);
        bytes
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let bytes = record(Operation::Renamed as u8, b"/r/\xff\"\\\n", b"/r/old");
        let (event, length) = Event::read(&bytes).expect("an event");
        assert_eq!(length, bytes.len());
        assert_eq!(event.path.into_os_string().into_vec(), b"/r/\xff\"\\\n");
        assert_eq!(event.other, Some(PathBuf::from("/r/old")));
        assert_eq!((event.pid, event.sequence), (7, 9));
        assert_eq!(event.facts.map(|facts| facts.modified_ns), Some(-4));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let bytes = record(Operation::Written as u8, b"/r/file", b"");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            assert!(Event::read(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn any_cut_is_noticed() {
        let bytes = record(Operation::Written as u8, b"/r/file", b"");
        for end in 0..bytes.len() {
            assert!(Event::read(&bytes[..end]).is_err(), "{end} bytes");
        }
    }

    #[test]
    fn what_no_shim_writes_is_refused() {
        let refused = |bytes: &[u8]| Event::read(bytes).expect_err("refused");
        assert_eq!(refused(&record(99, b"/r", b"")), Damage::Operation);
        assert_eq!(refused(&record(2, b"r", b"")), Damage::Path);
        assert_eq!(refused(&record(2, b"", b"")), Damage::Path);
        assert_eq!(refused(&record(2, b"/r\0", b"")), Damage::Path);
        assert_eq!(refused(&record(6, b"/r", b"old")), Damage::Path);
        assert_eq!(refused(&record(2, &[b'/'; 4097], b"")), Damage::Path);
    }
}
