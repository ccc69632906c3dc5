//! Whether something on UPPER may be overwritten.
//!
//! Only what is still as this move wrote it: it carries our mark, and UPPER shows what was last
//! agreed on or the mark has the fingerprint that it has; or it carries hms-mirror's mark and
//! hms-mirror itself would have replaced it. What happens to be equal is not ours for that.

use super::lane::Item;
use crate::differences::{Difference, DifferenceClass};
use crate::marks::HandsOff;
use boatlift_core::compare::Verdict;
use boatlift_core::error::{Code, Error};
use boatlift_core::facets::FacetsRef;
use boatlift_core::lane::Step;

/// Whether `item` may be overwritten, where `now` is what UPPER shows of it and `hands_off`
/// is what the object itself says against it.
///
/// # Errors
/// [`Code::HiveForeign`] when it must not be.
pub(super) fn may_overwrite(
    item: &Item<'_>,
    now: &[u8],
    hands_off: Option<&HandsOff>,
) -> Result<(), Error> {
    let as_surveyed = item.entry.upper.map(FacetsRef::as_bytes) == Some(now);
    let unchanged_since_agreed =
        as_surveyed && matches!(item.entry.verdict, Verdict::Changed | Verdict::Gone);
    let altered = HandsOff::Drifted;
    let dropped = item.step == Step::Remove && item.entry.partner.is_none();
    let hands_off = match dropped && item.entry.verdict == Verdict::Conflict {
        true => Some(&altered),
        false => hands_off,
    };
    match hands_off {
        Some(why) if why.is_of_others() || !unchanged_since_agreed => {
            Err(Error::new(Code::HiveForeign, "cannot overwrite on UPPER")
                .on(item.entry.key)
                .because(why))
        }
        _ => Ok(()),
    }
}

/// What of an object was lost on its way, in one line; `None` when nothing was.
pub(super) fn losses(differences: &[Difference]) -> Option<String> {
    let lost = differences.iter().filter(|found| found.class == DifferenceClass::Loss);
    let lost: Vec<String> = lost.map(ToString::to_string).collect();
    (!lost.is_empty()).then(|| lost.join("; "))
}

/// What UPPER shows equals what LOWER asks for, but UPPER changed it by itself.
pub(super) fn written_through_upper(item: &Item<'_>) -> Option<Error> {
    (item.entry.verdict == Verdict::Drifted && item.entry.upper.is_some()).then(|| {
        Error::new(Code::HiveWritten, "something was written through UPPER into")
            .on(item.entry.key)
            .because("its change time is newer than what we wrote")
    })
}
