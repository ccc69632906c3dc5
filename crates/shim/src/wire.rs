//! What the shim writes and an agent reads: one record for each event, and the ring of slots
//! in shared memory that carries most of them. The book describes it in "Events of the shim".
//!
//! Both sides compile this file, the shim without a standard library: it uses `core` alone,
//! allocates nothing and cannot panic. All numbers are little-endian.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64};

#[cfg(not(target_endian = "little"))]
compile_error!("the ring holds the numbers of the machine, which have to be little-endian");

/// What a record begins with: its kind and the version of the format.
pub const MAGIC: [u8; 4] = *b"BLE1";
/// Bytes of a record before its paths.
pub const HEADER: usize = 80;
/// Longest path, in bytes; the system's own limit.
pub const LONGEST_PATH: usize = 4096;
/// Longest record, in bytes: two paths.
pub const LONGEST: usize = HEADER + 2 * LONGEST_PATH;

/// What happened to a path. A hint to look at it again, never an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    /// Opened so that it can be written: it may change until it is `Written`, or until the
    /// process is gone. Told by a ring only.
    Opened = 1,
    /// The last descriptor or mapping through which it could be written is closed.
    Written = 2,
    /// Its length or its attributes were changed by name, or through a descriptor that cannot
    /// be written.
    Changed = 3,
    /// A directory, a symbolic link or a special file was made.
    Made = 4,
    /// A name was removed.
    Removed = 5,
    /// The path was renamed; the second path is what it was called before.
    Renamed = 6,
    /// The two paths were exchanged.
    Exchanged = 7,
    /// The path is a new name of the second path.
    Linked = 8,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 8] = [
        Operation::Opened,
        Operation::Written,
        Operation::Changed,
        Operation::Made,
        Operation::Removed,
        Operation::Renamed,
        Operation::Exchanged,
        Operation::Linked,
    ];

    /// The operation of this number.
    #[must_use]
    pub fn of(number: u8) -> Option<Operation> {
        Self::ALL.into_iter().find(|operation| *operation as u8 == number)
    }
}

/// Set: the path is as the program spelt it, and may go through symbolic links or `..`.
pub const UNRESOLVED: u8 = 1;
/// Set: the process is about to end, and may still write what it holds in buffers.
pub const ENDING: u8 = 2;
/// Set: size, time, mode, device and inode are known.
pub const FACTS: u8 = 4;

/// What the system told of a file right before its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The device that holds it.
    pub device: u64,
    /// Its inode there.
    pub inode: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last modified, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Kind and permissions, as in `st_mode`.
    pub mode: u32,
}

/// A record without its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Number of the operation.
    pub operation: u8,
    /// [`UNRESOLVED`], [`ENDING`], [`FACTS`].
    pub flags: u8,
    /// The process, as it sees itself.
    pub pid: u32,
    /// The process again, by a number that is not used twice on a host.
    pub producer: u64,
    /// The events of the process are numbered; a number that is missing was lost. An `Opened`
    /// has the number of the event after it, since only a ring takes it.
    pub sequence: u64,
    /// When it happened, in nanoseconds since 1970.
    pub time_ns: u64,
    /// What the system told; zeros without [`FACTS`].
    pub facts: Facts,
    /// Bytes of the path.
    pub path: u16,
    /// Bytes of the second path; 0 for none.
    pub other: u16,
}

impl Header {
    /// Bytes of the whole record: a multiple of eight, so that words can be summed up.
    #[must_use]
    pub fn record(&self) -> usize {
        (HEADER + self.path as usize + self.other as usize).next_multiple_of(8)
    }

    /// The header as bytes, its checksum still zero.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&(self.record() as u16).to_le_bytes());
        bytes[10] = self.operation;
        bytes[11] = self.flags;
        bytes[12..16].copy_from_slice(&self.pid.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.producer.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.time_ns.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.facts.device.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.facts.inode.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.facts.size.to_le_bytes());
        bytes[64..72].copy_from_slice(&self.facts.modified_ns.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.facts.mode.to_le_bytes());
        bytes[76..78].copy_from_slice(&self.path.to_le_bytes());
        bytes[78..80].copy_from_slice(&self.other.to_le_bytes());
        bytes
    }

    /// The header that `bytes` are. Nothing is checked.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; HEADER]) -> Header {
        Header {
            operation: bytes[10],
            flags: bytes[11],
            pid: u32::from_le_bytes(piece(bytes, 12)),
            producer: u64::from_le_bytes(piece(bytes, 16)),
            sequence: u64::from_le_bytes(piece(bytes, 24)),
            time_ns: u64::from_le_bytes(piece(bytes, 32)),
            facts: Facts {
                device: u64::from_le_bytes(piece(bytes, 40)),
                inode: u64::from_le_bytes(piece(bytes, 48)),
                size: u64::from_le_bytes(piece(bytes, 56)),
                modified_ns: i64::from_le_bytes(piece(bytes, 64)),
                mode: u32::from_le_bytes(piece(bytes, 72)),
            },
            path: u16::from_le_bytes(piece(bytes, 76)),
            other: u16::from_le_bytes(piece(bytes, 78)),
        }
    }
}

fn piece<const N: usize>(bytes: &[u8; HEADER], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}

/// The sum over a record, without the magic and the sum itself. It finds torn and scribbled
/// records; it proves nothing against somebody who wants to deceive.
#[must_use]
pub fn checksum(record: &[u8]) -> u32 {
    let (words, _) = record.get(8..).unwrap_or(&[]).as_chunks::<8>();
    let mut sum: u64 = 0x9e37_79b9_7f4a_7c15;
    for word in words {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    }
    (sum ^ (sum >> 32)) as u32
}

/// Writes the sum into a record.
pub fn seal(record: &mut [u8]) {
    let sum = checksum(record).to_le_bytes();
    if let Some(place) = record.get_mut(4..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *place = sum;
    }
}

/// A bit in the mode of a spool's file: its reader has taken it, and what is appended now
/// belongs into a new file.
pub const SPOOL_TAKEN: u32 = 0o100;
/// A bit in the mode of a spool's file: an event found no room in it.
pub const SPOOL_LOST: u32 = 0o010;

/// What a ring's file begins with.
pub const RING_MAGIC: u64 = u64::from_le_bytes(*b"BLRING01");
/// Bytes before the first slot: one page.
pub const RING_HEAD: usize = 4096;
/// Most slots of a ring.
pub const MOST_SLOTS: u32 = 1 << 20;
/// Most devices that a ring names.
pub const MOST_DEVICES: usize = 16;
/// Bytes of a slot that hold a record. A longer one goes to the spool.
pub const SLOT_ROOM: usize = 504;

/// A number that shares its cache line with no other.
#[repr(C, align(64))]
#[derive(Debug, Default)]
pub struct Apart<T>(pub T);

/// The head of a ring: a file in memory, as long as its head and its slots, that belongs to the
/// user, is closed to others and has all its pages. It is never made shorter.
#[repr(C)]
#[derive(Debug)]
pub struct RingHead {
    /// [`RING_MAGIC`], written last.
    pub magic: AtomicU64,
    /// How many slots: a power of two.
    pub slots: AtomicU32,
    /// Not 0: nobody reads here any more; another file may have the ring's name.
    pub closed: AtomicU32,
    /// How many of `devices` are given. With none, any device may hold a root.
    pub device_count: AtomicU32,
    /// The devices that hold the roots: the shim never touches a root by itself.
    pub devices: [AtomicU64; MOST_DEVICES],
    /// The ticket that is probably the next to be taken. Tickets count slots, lap after lap.
    pub next: Apart<AtomicU64>,
    /// The reader's place: all tickets before it are acknowledged.
    pub read: Apart<AtomicU64>,
    /// 1 while the reader sleeps on it (a futex).
    pub waiting: Apart<AtomicU32>,
    /// Events for which there was room neither here nor in the spool.
    pub dropped: Apart<AtomicU64>,
}

/// One slot of a ring.
#[repr(C)]
#[derive(Debug)]
pub struct Slot {
    /// Its [`SlotState`].
    pub state: AtomicU64,
    /// The record.
    pub record: UnsafeCell<[u8; SLOT_ROOM]>,
}

/// Where a slot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nobody has it.
    Free,
    /// A process writes in it.
    Busy,
    /// It holds a record.
    Full,
    /// The process that had it did not come back. Nobody takes it again.
    Retired,
}

/// A slot's state in one word, so that one exchange takes it, gives it or takes it away: a
/// process that is killed or stopped in between can harm nobody but itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotState {
    /// For which lap.
    pub lap: u64,
    /// Who writes in it; 0 unless busy. Linux has no process above 2^22.
    pub pid: u32,
    /// Where it stands.
    pub phase: Phase,
}

const PID_BITS: u32 = 23;

impl SlotState {
    /// The state that `word` is.
    #[must_use]
    pub fn of(word: u64) -> SlotState {
        let phase = match word & 3 {
            0 => Phase::Free,
            1 => Phase::Busy,
            2 => Phase::Full,
            _ => Phase::Retired,
        };
        let pid = (word >> 2) & ((1 << PID_BITS) - 1);
        SlotState { lap: word >> (PID_BITS + 2), pid: pid as u32, phase }
    }

    /// The word that says it.
    #[must_use]
    pub fn word(self) -> u64 {
        let pid = u64::from(self.pid) & ((1 << PID_BITS) - 1);
        (self.lap << (PID_BITS + 2)) | (pid << 2) | self.phase as u64
    }
}

/// Bytes of a ring's file with so many slots.
#[must_use]
pub fn ring_bytes(slots: u32) -> usize {
    RING_HEAD + slots as usize * size_of::<Slot>()
}
