//! Whether something on UPPER may be written over or removed: only what this move wrote.

use super::lane::Item;
use super::marks::HandsOff;
use boatlift_core::compare::Verdict;
use boatlift_core::facets::FacetsRef;
use boatlift_core::lane::Step;
use boatlift_core::{Code, Error};

/// Whether `item` may be written over, where `now` is what UPPER shows of it and `hands_off`
/// is what the object itself, or the table of a partition, says against it.
///
/// What somebody else made is never touched. What we made and somebody changed may be, when
/// that is what was agreed on.
///
/// # Errors
/// [`Code::GlueForeign`] when it must not be.
pub(super) fn may_write(
    item: &Item<'_>,
    now: &[u8],
    hands_off: Option<HandsOff>,
) -> Result<(), Error> {
    let as_surveyed = item.entry.upper.map(FacetsRef::as_bytes) == Some(now);
    let as_agreed = as_surveyed && matches!(item.entry.verdict, Verdict::Changed | Verdict::Gone);
    let removed = item.step == Step::Remove;
    let why = match hands_off {
        // LOWER no longer has it, and UPPER changed it meanwhile.
        None if removed && !as_agreed => HandsOff::Drifted,
        None => return Ok(()),
        Some(HandsOff::Drifted) if as_agreed => return Ok(()),
        Some(why) => why,
    };
    let error = Error::new(Code::GlueForeign, "cannot overwrite in the target catalogue");
    Err(error.on(item.entry.key).because(why))
}
