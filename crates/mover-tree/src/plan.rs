//! The stages of a tree's plan, and the step that each entry asks for in each of them.
//!
//! Pure, so that the same plan gives the same steps before and after a crash.

use boatlift_core::compare::{Verdict, same_content};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::lane::Step;
use boatlift_core::mover::{Order, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::{Delete, Policy};

/// Directories in whose place LOWER has something else are emptied first; links need the
/// contents they point at; directories get their times when nothing below changes any more.
pub(crate) const STAGES: &[Stage] = &[
    Stage { order: Order::Backward, removes: true, ..stage("clear") },
    Stage { carries: true, ..stage("contents") },
    stage("links"),
    Stage { order: Order::Backward, removes: true, ..stage("removals") },
    Stage { order: Order::Backward, ..stage("directories") },
    Stage { verifies: true, ..stage("look") },
];

const fn stage(name: &'static str) -> Stage {
    Stage { name, order: Order::Forward, carries: false, removes: false, verifies: false }
}

const CLEAR: usize = 0;
const CONTENTS: usize = 1;
const LINKS: usize = 2;
const REMOVALS: usize = 3;
const DIRECTORIES: usize = 4;

/// The step that `entry` asks for in `stage`.
pub(crate) fn step(stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
    if is_left_alone(entry, policy) {
        return None;
    }
    match stage {
        CLEAR => is_displaced(entry).then_some(Step::Remove),
        CONTENTS => contents(entry),
        LINKS => (is_linked(entry) && entry.verdict != Verdict::Same).then_some(Step::Link),
        REMOVALS => (is_removed(entry, policy) && !is_displaced(entry)).then_some(Step::Remove),
        DIRECTORIES => directory(entry).then_some(Step::SetAttributes),
        _ => is_worth_a_look(entry, policy).then_some(Step::Look),
    }
}

fn contents(entry: &Entry<'_>) -> Option<Step> {
    let lower = entry.lower?;
    if lower.kind() == Kind::Directory {
        return entry.upper.is_none().then_some(Step::MakeDirectory);
    }
    if is_linked(entry) {
        return None;
    }
    match (entry.verdict, entry.upper) {
        (Verdict::Same, _) => None,
        (Verdict::Moved, _) => Some(Step::Rename),
        (Verdict::Unknown, Some(_)) => Some(Step::CompareAndCarry),
        (_, Some(upper)) if same_content(&lower.decode(), &upper.decode()) => {
            Some(Step::SetAttributes)
        }
        _ => Some(Step::Carry),
    }
}

/// Only UPPER has it, in a directory in whose place LOWER has something else.
fn is_displaced(entry: &Entry<'_>) -> bool {
    entry.lower.is_none() && entry.upper.is_some() && entry.partner.is_some()
}

/// Another name of an inode that an earlier key already carries.
fn is_linked(entry: &Entry<'_>) -> bool {
    entry.lower.is_some_and(|lower| lower.has_links() && lower.decode().linked.is_some())
}

fn is_removed(entry: &Entry<'_>, policy: &Policy) -> bool {
    if entry.lower.is_some() || entry.upper.is_none() {
        return false;
    }
    match entry.verdict {
        Verdict::Gone | Verdict::Conflict => policy.delete >= Delete::Gone,
        Verdict::Foreign => policy.delete == Delete::All,
        _ => false,
    }
}

fn directory(entry: &Entry<'_>) -> bool {
    entry.lower.map(FacetsRef::kind) == Some(Kind::Directory)
}

/// What a step changed, or may have; the survey has just seen the rest.
fn is_worth_a_look(entry: &Entry<'_>, policy: &Policy) -> bool {
    match entry.lower {
        Some(_) => directory(entry) || entry.verdict != Verdict::Same,
        None => is_displaced(entry) || is_removed(entry, policy),
    }
}

/// The policy keeps what UPPER changed by itself.
fn is_left_alone(entry: &Entry<'_>, policy: &Policy) -> bool {
    policy.keep_drifted && matches!(entry.verdict, Verdict::Drifted | Verdict::Conflict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::Key;
    use boatlift_core::facets::Facets;

    fn encoded(facets: Facets<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        facets.encode(&mut out);
        out
    }

    fn file(size: u64) -> Vec<u8> {
        encoded(Facets { size: Some(size), ..Facets::of(Kind::File) })
    }

    fn steps(entry: &Entry<'_>, policy: &Policy) -> Vec<Option<Step>> {
        (0..STAGES.len()).map(|stage| step(stage, entry, policy)).collect()
    }

    fn entry<'a>(verdict: Verdict, lower: &'a [u8], upper: &'a [u8]) -> Entry<'a> {
        let facets = FacetsRef::checked;
        Entry { verdict, lower: facets(lower), upper: facets(upper), ..Entry::new(Key::new(b"a")) }
    }

    #[test]
    fn an_added_file_is_carried_and_looked_at() {
        let expected = [None, Some(Step::Carry), None, None, None, Some(Step::Look)];
        let file = file(1);
        assert_eq!(steps(&entry(Verdict::Added, &file, b""), &Policy::default()), expected);
    }

    #[test]
    fn nothing_is_removed_by_default() {
        let file = file(1);
        for verdict in [Verdict::Gone, Verdict::Foreign, Verdict::Conflict] {
            let only_upper = entry(verdict, b"", &file);
            assert_eq!(steps(&only_upper, &Policy::default()), [None; 6], "{verdict}");
        }
    }

    #[test]
    fn gone_and_foreign_are_removed_apart() {
        let removal = [None, None, None, Some(Step::Remove), None, Some(Step::Look)];
        let gone = Policy { delete: Delete::Gone, ..Policy::default() };
        let all = Policy { delete: Delete::All, ..Policy::default() };
        let file = file(1);
        assert_eq!(steps(&entry(Verdict::Gone, b"", &file), &gone), removal);
        assert_eq!(steps(&entry(Verdict::Foreign, b"", &file), &gone), [None; 6]);
        assert_eq!(steps(&entry(Verdict::Foreign, b"", &file), &all), removal);
    }

    #[test]
    fn what_lower_has_another_thing_in_place_of_is_cleared_whatever_the_policy() {
        let file = file(1);
        let mut displaced = entry(Verdict::Foreign, b"", &file);
        displaced.partner = Some(Key::new(b"x"));
        assert_eq!(step(CLEAR, &displaced, &Policy::default()), Some(Step::Remove));
    }

    #[test]
    fn drifted_entries_are_left_alone_on_request() {
        let keep = Policy { keep_drifted: true, delete: Delete::All, ..Policy::default() };
        let (one, two) = (file(1), file(2));
        for (lower, upper) in [(&one[..], &two[..]), (b"", &two[..])] {
            assert_eq!(steps(&entry(Verdict::Conflict, lower, upper), &keep), [None; 6]);
        }
        assert_eq!(steps(&entry(Verdict::Drifted, &one, b""), &keep), [None; 6]);
    }
}
