//! The groups of a Hive move, the stages of each, and the step that an entry asks for.
//!
//! The *catalogue* brings databases, tables, views and partitions over as objects that
//! point at LOWER's storage. The *data* brings what lies there. The *exchange* points each
//! partition, and then its table, at UPPER's storage. Pure: the same plan gives the same
//! steps before and after a crash.

use crate::exchange::Carried;
use crate::keys::Name;
use crate::waves::Wave;
use boatlift_core::compare::{Verdict, same_content};
use boatlift_core::facets::{FacetsRef, Kind};
use boatlift_core::key::Key;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Order, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::{Delete, Policy};

/// The group of databases, tables, views, functions and partitions.
pub(crate) const CATALOGUE: u32 = 0;
/// The group of the data under them.
pub(crate) const DATA: u32 = 1;
/// The group of the locations on UPPER.
pub(crate) const EXCHANGE: u32 = 2;
/// How many groups there are in a wave.
pub(crate) const GROUPS: u32 = 3;

const CATALOGUE_STAGES: &[Stage] = &[
    Stage { order: Order::Backward, removes: true, ..stage("clear") },
    stage("databases"),
    stage("tables"),
    Stage { carries: true, ..stage("partitions") },
    stage("views"),
    Stage { order: Order::Backward, removes: true, ..stage("removals") },
];

const DATA_STAGES: &[Stage] = &[
    Stage { order: Order::Backward, removes: true, ..stage("clear") },
    Stage { carries: true, ..stage("files") },
    Stage { order: Order::Backward, removes: true, ..stage("removals") },
    Stage { verifies: true, ..stage("read back") },
];

/// Rows are proved as they are carried, by the same statement's turn.
const ROWS_STAGES: &[Stage] = &[Stage { carries: true, ..stage("rows") }];

const EXCHANGE_STAGES: &[Stage] =
    &[stage("partitions"), Stage { order: Order::Backward, ..stage("tables") }];

const fn stage(name: &'static str) -> Stage {
    Stage { name, order: Order::Forward, carries: false, removes: false, verifies: false }
}

/// Whether a step belongs into a wave. Databases come with the first and go with the last, when
/// no table of theirs is left; a listing has them in every wave.
pub(crate) fn is_of_wave(step: Step, key: Key<'_>, wave: Wave) -> bool {
    match (Name::of(key), step) {
        (Some(Name::Database(_)), Step::Remove) => wave.is_last(),
        (Some(Name::Database(_)), _) => wave.is_first(),
        _ => true,
    }
}

/// The stages of a group. What is written into the catalogue is read back at once, a batch at a
/// time; files are read back when all of them are there.
pub(crate) fn stages(group: u32, carried: Carried) -> &'static [Stage] {
    match (group, carried) {
        (CATALOGUE, _) => CATALOGUE_STAGES,
        (DATA, Carried::Files) => DATA_STAGES,
        (DATA, Carried::Rows) => ROWS_STAGES,
        _ => EXCHANGE_STAGES,
    }
}

/// The step that `entry` asks for in `stage` of `group`.
pub(crate) fn step(
    group: u32,
    carried: Carried,
    stage: usize,
    entry: &Entry<'_>,
    policy: &Policy,
) -> Option<Step> {
    match (group, carried) {
        (CATALOGUE, _) => catalogue(stage, entry, policy),
        (DATA, Carried::Files) => data(stage, entry, policy),
        (DATA, Carried::Rows) => rows(entry),
        _ => exchange(stage, entry),
    }
}

/// The rows of a place are carried as a whole; LOWER's metastore says what places there are.
fn rows(entry: &Entry<'_>) -> Option<Step> {
    let differs = entry.verdict != Verdict::Same;
    (differs && entry.lower.is_some()).then_some(Step::Carry)
}

fn catalogue(stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
    if policy.keep_drifted && matches!(entry.verdict, Verdict::Drifted | Verdict::Conflict) {
        return None;
    }
    let name = Name::of(entry.key)?;
    let carries = entry.lower.is_some() && entry.verdict != Verdict::Same;
    let wanted = match (stage, name) {
        (0, _) => return is_displaced(entry).then_some(Step::Remove),
        (1, Name::Database(_)) | (2, Name::Table(..)) | (3, Name::Partition(..)) => carries,
        (4, Name::View(..) | Name::Function(..)) => carries,
        (5, _) => {
            // What UPPER altered meanwhile is not dropped; trying says so.
            let may_go = matches!(entry.verdict, Verdict::Gone | Verdict::Conflict);
            let gone = entry.lower.is_none() && may_go;
            let removed = gone && policy.delete >= Delete::Gone && !is_displaced(entry);
            return removed.then_some(Step::Remove);
        }
        _ => false,
    };
    wanted.then_some(Step::Carry)
}

/// Files follow LOWER whatever the policy says of tables: a partition with a file too many
/// has wrong rows. What was never agreed on is no file of ours and stays; what UPPER changed
/// is compared, and the lane refuses to replace it with other content.
fn data(stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
    if policy.keep_drifted && matches!(entry.verdict, Verdict::Drifted | Verdict::Conflict) {
        return None;
    }
    let differs = entry.verdict != Verdict::Same;
    let kind = entry.lower.or(entry.upper).map(FacetsRef::kind)?;
    match (stage, entry.lower, entry.upper) {
        (0, ..) => is_displaced(entry).then_some(Step::Remove),
        (1, Some(_), upper) if kind == Kind::Directory => {
            upper.is_none().then_some(Step::MakeDirectory)
        }
        (1, Some(lower), upper) if differs => Some(file(entry.verdict, lower, upper)),
        // What UPPER altered meanwhile is not removed; trying says so.
        (2, None, Some(_)) if !is_displaced(entry) => {
            let was_ours = matches!(entry.verdict, Verdict::Gone | Verdict::Conflict);
            was_ours.then_some(Step::Remove)
        }
        (3, Some(_), _) if differs && kind == Kind::File => Some(Step::ReadBack),
        _ => None,
    }
}

fn file(verdict: Verdict, lower: FacetsRef<'_>, upper: Option<FacetsRef<'_>>) -> Step {
    match (verdict, upper) {
        (Verdict::Unknown, Some(_)) => Step::CompareAndCarry,
        (_, Some(upper)) if same_content(&lower.decode(), &upper.decode()) => Step::SetAttributes,
        (Verdict::Drifted | Verdict::Conflict, Some(_)) => Step::CompareAndCarry,
        _ => Step::Carry,
    }
}

/// Partitions first: a table's own location is where Hive puts new partitions.
fn exchange(stage: usize, entry: &Entry<'_>) -> Option<Step> {
    entry.lower?;
    let differs = entry.verdict != Verdict::Same;
    match (stage, Name::of(entry.key)?) {
        (0, Name::Partition(..)) | (1, Name::Table(..)) if differs => Some(Step::Carry),
        _ => None,
    }
}

/// Only UPPER has it, in whose place LOWER has something of another kind.
fn is_displaced(entry: &Entry<'_>) -> bool {
    entry.lower.is_none() && entry.upper.is_some() && entry.partner.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::facets::Facets;

    const EXCHANGE: u32 = 2;

    fn facets(kind: Kind) -> Vec<u8> {
        let mut out = Vec::new();
        Facets::of(kind).encode(&mut out);
        out
    }

    fn entry<'a>(key: &'a [u8], verdict: Verdict, lower: &'a [u8], upper: &'a [u8]) -> Entry<'a> {
        let of = FacetsRef::checked;
        Entry { verdict, lower: of(lower), upper: of(upper), ..Entry::new(Key::new(key)) }
    }

    fn steps(group: u32, entry: &Entry<'_>, policy: &Policy) -> Vec<(usize, Step)> {
        steps_by(Carried::Files, group, entry, policy)
    }

    fn steps_by(by: Carried, group: u32, entry: &Entry<'_>, policy: &Policy) -> Vec<(usize, Step)> {
        let all = 0..stages(group, by).len();
        all.filter_map(|at| step(group, by, at, entry, policy).map(|step| (at, step))).collect()
    }

    #[test]
    fn each_kind_of_name_has_its_stage() {
        let (directory, file) = (facets(Kind::Directory), facets(Kind::File));
        for (key, lower, stage) in [
            (&b"d/"[..], &directory, 1),
            (b"d/t/", &directory, 2),
            (b"d/t/ds=1", &file, 3),
            (b"d/v", &facets(Kind::Symlink), 4),
            (b"d/(functions)/f", &file, 4),
        ] {
            let added = entry(key, Verdict::Added, lower, b"");
            assert_eq!(steps(CATALOGUE, &added, &Policy::default()), [(stage, Step::Carry)]);
        }
    }

    #[test]
    fn a_dropped_table_is_dropped_only_when_asked_and_a_foreign_one_never() {
        let directory = facets(Kind::Directory);
        let drop = Policy { delete: Delete::All, ..Policy::default() };
        let gone = entry(b"d/t/", Verdict::Gone, b"", &directory);
        assert_eq!(steps(CATALOGUE, &gone, &Policy::default()), []);
        assert_eq!(steps(CATALOGUE, &gone, &drop), [(5, Step::Remove)]);
        let foreign = entry(b"d/t/", Verdict::Foreign, b"", &directory);
        assert_eq!(steps(CATALOGUE, &foreign, &drop), []);
    }

    #[test]
    fn files_that_lower_dropped_go_whatever_the_policy_and_foreign_ones_stay() {
        let file = facets(Kind::File);
        let gone = entry(b"d/t/ds=1/f", Verdict::Gone, b"", &file);
        assert_eq!(steps(DATA, &gone, &Policy::default()), [(2, Step::Remove)]);
        let foreign = entry(b"d/t/ds=1/f", Verdict::Foreign, b"", &file);
        assert_eq!(steps(DATA, &foreign, &Policy::default()), []);
    }

    #[test]
    fn files_that_upper_changed_are_compared_and_left_where_drift_is_kept() {
        let [lower, upper] = [1, 2].map(|size| {
            let mut out = Vec::new();
            Facets { size: Some(size), ..Facets::of(Kind::File) }.encode(&mut out);
            out
        });
        let keep = Policy { keep_drifted: true, ..Policy::default() };
        for verdict in [Verdict::Drifted, Verdict::Conflict] {
            let changed = entry(b"d/t/ds=1/f", verdict, &lower, &upper);
            let compared = [(1, Step::CompareAndCarry), (3, Step::ReadBack)];
            assert_eq!(steps(DATA, &changed, &Policy::default()), compared);
            assert_eq!(steps(DATA, &changed, &keep), []);
        }
    }

    #[test]
    fn rows_of_a_place_are_carried_whole_while_lower_has_it() {
        let place = facets(Kind::Directory);
        let rows = |verdict, lower: &[u8]| {
            let entry = entry(b"d/t/ds=1/", verdict, lower, &place);
            steps_by(Carried::Rows, DATA, &entry, &Policy::default())
        };
        assert_eq!(rows(Verdict::Changed, &place), [(0, Step::Carry)]);
        assert_eq!(rows(Verdict::Same, &place), []);
        assert_eq!(rows(Verdict::Gone, b""), []);
    }

    #[test]
    fn partitions_are_exchanged_before_their_table() {
        let (directory, file) = (facets(Kind::Directory), facets(Kind::File));
        let partition = entry(b"d/t/ds=1", Verdict::Conflict, &file, &file);
        let table = entry(b"d/t/", Verdict::Conflict, &directory, &directory);
        assert_eq!(steps(EXCHANGE, &partition, &Policy::default()), [(0, Step::Carry)]);
        assert_eq!(steps(EXCHANGE, &table, &Policy::default()), [(1, Step::Carry)]);
    }
}
