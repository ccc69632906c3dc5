//! What an object's state says of what the workload met. Pure.

use crate::harvest::{Candidate, Kept, Pin, Standing};
use boatlift_aws::s3::{ObjectState, Version};

/// Classes from which nothing can be read before it was restored.
const ARCHIVES: [&str; 4] = ["GLACIER", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"];

/// What the current object says, where no other version need be looked for.
pub(super) fn current(candidate: &Candidate, state: &ObjectState) -> Option<Standing> {
    let pin = match &candidate.known {
        Some(known) if known.etag == state.etag => Pin::Exact,
        Some(_) => return None,
        None if is_older(candidate, state) => Pin::Unchanged,
        None => return None,
    };
    Some(standing(state, pin))
}

/// What the versions of a key say, the newest first, where the current object is not what was
/// met, or is gone.
pub(super) fn among(
    candidate: &Candidate,
    current: Option<&ObjectState>,
    versions: &[Version],
) -> Standing {
    let met = versions.iter().find_map(|version| {
        let state = version.state();
        let pin = match &candidate.known {
            Some(known) => (known.etag == state.etag).then_some(Pin::Exact),
            None => is_older(candidate, &state).then_some(Pin::ByTime),
        };
        pin.map(|pin| standing(&state, pin))
    });
    match (met, current) {
        (Some(met), _) => met,
        (None, Some(current)) => standing(current, Pin::Changed),
        (None, None) => Standing::Missing,
    }
}

/// Which of the objects that begin like a name that was cut is meant.
pub(super) fn of_cut_name(candidate: &Candidate, found: &[(String, ObjectState)]) -> Standing {
    let fits = |state: &ObjectState| match &candidate.known {
        Some(known) => known.etag == state.etag,
        None => true,
    };
    match found.iter().filter(|(_, state)| fits(state)).count() {
        1 => Standing::Expanded,
        fitting => Standing::Ambiguous(fitting as u64),
    }
}

/// Whether a state is from before the workload met the object. Views tell parts of a second,
/// S3 whole ones.
fn is_older(candidate: &Candidate, state: &ObjectState) -> bool {
    state.modified.is_some_and(|modified| modified.seconds <= candidate.at.as_second())
}

pub(super) fn standing(state: &ObjectState, pin: Pin) -> Standing {
    // An object that tiers by itself tells of its archive beside its class.
    let class = state.archive.clone().or_else(|| state.storage_class.clone());
    let class = class.filter(|class| class != "STANDARD");
    // `ongoing-request="true"` while it is under way, `"false"` when it is done.
    let restore = |word| state.restore.as_deref().is_some_and(|told| told.contains(word));
    let is_archived = |class: &String| ARCHIVES.contains(&&**class) && !restore("\"false\"");
    match class {
        Some(class) if is_archived(&class) && restore("\"true\"") => Standing::Restoring(class),
        Some(class) if is_archived(&class) => Standing::Archived(class),
        class => Standing::There(Kept {
            size: state.size,
            etag: state.etag.clone(),
            version: state.version.clone(),
            modified: state.modified.map(|modified| modified.seconds),
            class,
            pin,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::{Extent, Known, Role};
    use crate::layout::Family;
    use crate::place::Place;
    use boatlift_core::Timestamp;

    fn met(etag: Option<&str>, at: i64) -> Candidate {
        Candidate {
            family: Family::Copy,
            role: Role::Data,
            place: Place::new("b", "k"),
            extent: Extent::Object,
            at: jiff::Timestamp::from_second(at).expect("a time"),
            known: etag.map(|etag| Known { etag: etag.into(), modified: None }),
        }
    }

    fn state(etag: &str, modified: i64) -> ObjectState {
        let modified = Some(Timestamp { seconds: modified, nanoseconds: 0 });
        ObjectState { etag: etag.into(), modified, ..ObjectState::default() }
    }

    fn version(id: &str, etag: &str, modified: i64) -> Version {
        let modified = Some(Timestamp { seconds: modified, nanoseconds: 0 });
        Version { id: Some(id.into()), etag: etag.into(), size: 0, modified, storage_class: None }
    }

    fn pin(standing: &Standing) -> (Option<&str>, Pin) {
        match standing {
            Standing::There(kept) => (kept.version.as_deref(), kept.pin),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_was_loaded_is_told_by_its_tag_and_else_by_its_time() {
        let now = current(&met(Some("e"), 5), &state("e", 9)).expect("the same");
        assert_eq!(pin(&now).1, Pin::Exact);
        let now = current(&met(None, 9), &state("e", 9)).expect("not newer");
        assert_eq!(pin(&now).1, Pin::Unchanged);
        assert_eq!(current(&met(Some("old"), 9), &state("e", 1)), None);
        assert_eq!(current(&met(None, 5), &state("e", 9)), None);
    }

    #[test]
    fn the_version_that_was_loaded_is_found_also_behind_a_mark_of_removal() {
        let versions = [version("3", "c", 30), version("2", "b", 20), version("1", "a", 10)];
        let now = state("c", 30);
        assert_eq!(pin(&among(&met(Some("a"), 25), None, &versions)), (Some("1"), Pin::Exact));
        assert_eq!(pin(&among(&met(None, 25), Some(&now), &versions)), (Some("2"), Pin::ByTime));
    }

    #[test]
    fn what_is_not_there_any_more_is_said_so() {
        let now = state("c", 30);
        assert_eq!(pin(&among(&met(Some("a"), 5), Some(&now), &[])), (None, Pin::Changed));
        assert_eq!(among(&met(Some("a"), 5), None, &[]), Standing::Missing);
        assert_eq!(among(&met(None, 5), None, &[version("1", "a", 10)]), Standing::Missing);
    }

    #[test]
    fn an_archived_object_is_there_only_when_restored() {
        let archived = ObjectState { storage_class: Some("GLACIER".into()), ..state("e", 1) };
        assert_eq!(standing(&archived, Pin::Exact), Standing::Archived("GLACIER".into()));
        let class = Some("INTELLIGENT_TIERING".to_owned());
        let tiered = ObjectState { storage_class: class, ..state("e", 1) };
        assert!(matches!(standing(&tiered, Pin::Exact), Standing::There(_)));
        let sunk = ObjectState { archive: Some("DEEP_ARCHIVE_ACCESS".into()), ..tiered };
        let archived_so = Standing::Archived("DEEP_ARCHIVE_ACCESS".into());
        assert_eq!(standing(&sunk, Pin::Exact), archived_so);
        let told = Some("ongoing-request=\"true\"".to_owned());
        let restoring = ObjectState { restore: told, ..archived.clone() };
        assert_eq!(standing(&restoring, Pin::Exact), Standing::Restoring("GLACIER".into()));
        let told = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2026 00:00:00 GMT\"";
        let restored = ObjectState { restore: Some(told.into()), ..archived };
        assert!(matches!(standing(&restored, Pin::Exact), Standing::There(_)));
    }

    #[test]
    fn a_name_that_was_cut_means_the_one_object_that_fits() {
        let found = [("k1".to_owned(), state("a", 1)), ("k2".to_owned(), state("b", 1))];
        assert_eq!(of_cut_name(&met(Some("b"), 1), &found), Standing::Expanded);
        assert_eq!(of_cut_name(&met(None, 1), &found), Standing::Ambiguous(2));
        assert_eq!(of_cut_name(&met(Some("z"), 1), &found), Standing::Ambiguous(0));
    }
}
