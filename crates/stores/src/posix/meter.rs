//! What a turn owes to the pace: counted as it goes, paid in small batches.

use boatlift_core::Side;
use boatlift_core::lane::{Pace, Stopped};

/// Operations after which a turn pays.
const OPERATIONS: u64 = 64;
/// Bytes after which a turn pays, also in the middle of a file.
const BYTES: u64 = 1 << 20;

/// The account of one turn.
pub(crate) struct Meter<'a> {
    pace: &'a dyn Pace,
    lower: Owed,
    upper: Owed,
}

#[derive(Default, Clone, Copy)]
struct Owed {
    operations: u64,
    bytes: u64,
}

impl<'a> Meter<'a> {
    /// Nothing is owed yet.
    pub(crate) fn new(pace: &'a dyn Pace) -> Meter<'a> {
        Meter { pace, lower: Owed::default(), upper: Owed::default() }
    }

    /// Counts operations.
    pub(crate) fn operations(&mut self, side: Side, operations: u64) {
        self.of(side).operations += operations;
    }

    /// Counts bytes.
    pub(crate) fn bytes(&mut self, side: Side, bytes: u64) {
        self.of(side).bytes += bytes;
    }

    /// Pays when a batch is full.
    pub(crate) fn pay_when_due(&mut self) -> Result<(), Stopped> {
        let due = |owed: &Owed| owed.operations >= OPERATIONS || owed.bytes >= BYTES;
        if due(&self.lower) || due(&self.upper) { self.pay() } else { Ok(()) }
    }

    /// Pays all that is owed.
    pub(crate) fn pay(&mut self) -> Result<(), Stopped> {
        for side in [Side::Lower, Side::Upper] {
            let owed = std::mem::take(self.of(side));
            if owed.operations > 0 || owed.bytes > 0 {
                self.pace.spend(side, owed.operations, owed.bytes)?;
            }
        }
        Ok(())
    }

    fn of(&mut self, side: Side) -> &mut Owed {
        match side {
            Side::Lower => &mut self.lower,
            Side::Upper => &mut self.upper,
        }
    }
}
