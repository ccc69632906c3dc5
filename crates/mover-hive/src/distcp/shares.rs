//! Shares: which files one job brings.
//!
//! A job copies from one directory to one other, so places go together when UPPER's paths are
//! LOWER's with one beginning exchanged for another. The whole source is walked by DistCp:
//! nothing is grouped under a directory that is not the table's (or the database's) own, or the
//! parent of partitions that lie elsewhere.

use crate::config::PathStrategy;
use std::collections::{BTreeMap, BTreeSet};

/// A file that is to be brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The key of its table or partition, as a directory: `sales/orders/ds=1/`.
    pub prefix: &'a str,
    /// Its path below the location.
    pub below: &'a str,
    /// The location on LOWER, in full.
    pub lower: &'a str,
    /// The location on UPPER, in full.
    pub upper: &'a str,
}

/// What one job brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The table (`database/table`) or database that it is a part of. Jobs of one go one after the other.
    pub unit: String,
    /// The directory on LOWER that it copies from.
    pub source: String,
    /// The directory on UPPER that it copies to.
    pub target: String,
    /// The files, as paths below both.
    pub files: BTreeSet<String>,
}

/// The files of a share, and their places among all.
#[derive(Default)]
struct Divided {
    files: BTreeSet<String>,
    at: Vec<usize>,
}

/// Divides files among jobs: by table or database, and by how their paths change.
#[must_use]
pub fn shares(wanted: &[Wanted<'_>], strategy: PathStrategy) -> Vec<Share> {
    divided(wanted, strategy).into_iter().map(|(share, _)| share).collect()
}

/// The same, each with the places in `wanted` of its files.
pub(super) fn divided(wanted: &[Wanted<'_>], strategy: PathStrategy) -> Vec<(Share, Vec<usize>)> {
    let mut files: BTreeMap<(String, &str, &str), Divided> = BTreeMap::new();
    for (at, file) in wanted.iter().enumerate() {
        let (unit, lower, upper) = roots(file, strategy);
        let place = file.lower.trim_end_matches('/');
        let inside = place[lower.len()..].trim_start_matches('/');
        let path = match inside {
            "" => file.below.to_owned(),
            inside => format!("{inside}/{}", file.below),
        };
        let divided = files.entry((unit, lower, upper)).or_default();
        divided.files.insert(path);
        divided.at.push(at);
    }
    let share = |((unit, lower, upper), Divided { files, at }): ((String, &str, &str), Divided)| {
        let common = common_directory(&files).to_owned();
        let cut = |file: String| file[common.len()..].trim_start_matches('/').to_owned();
        let below = |root: &str| match common.is_empty() {
            true => root.to_owned(),
            false => format!("{root}/{common}"),
        };
        let (source, target) = (below(lower), below(upper));
        (Share { unit, source, target, files: files.into_iter().map(cut).collect() }, at)
    };
    files.into_iter().map(share).collect()
}

/// The unit of a file, and the directories of each side that a job for its like begins at.
fn roots<'a>(file: &Wanted<'a>, strategy: PathStrategy) -> (String, &'a str, &'a str) {
    let (lower, upper) = (file.lower.trim_end_matches('/'), file.upper.trim_end_matches('/'));
    let mut names = file.prefix.trim_end_matches('/').splitn(3, '/');
    let (database, table) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let partition = names.next();
    let unit = match strategy {
        PathStrategy::Database => database.to_owned(),
        PathStrategy::Table => format!("{database}/{table}"),
    };
    let whole = match partition {
        None => Some((lower, upper)),
        Some(partition) => both_without(lower, upper, partition),
    };
    match (whole, strategy) {
        (Some((lower, upper)), PathStrategy::Database) => {
            let (lower, upper) = of_database(lower, upper, database).unwrap_or((lower, upper));
            (unit, lower, upper)
        }
        (Some((lower, upper)), PathStrategy::Table) => (unit, lower, upper),
        // A partition elsewhere: its neighbours come along.
        (None, _) => {
            let name = lower.rsplit('/').next().unwrap_or_default();
            let (lower, upper) = both_without(lower, upper, name).unwrap_or((lower, upper));
            (unit, lower, upper)
        }
    }
}

/// The directory of the database, where the table lies in one of its name on both sides.
fn of_database<'a>(lower: &'a str, upper: &'a str, database: &str) -> Option<(&'a str, &'a str)> {
    let table = lower.rsplit('/').next()?;
    let (lower, upper) = both_without(lower, upper, table)?;
    let name = lower.rsplit('/').next()?;
    let own = name.strip_suffix(".db").unwrap_or(name).eq_ignore_ascii_case(database);
    own.then_some((lower, upper))
}

/// Both locations without `/` and a path that both end in; not the top of a file system.
fn both_without<'a>(lower: &'a str, upper: &'a str, path: &str) -> Option<(&'a str, &'a str)> {
    let cut = |location: &'a str| {
        let rest = location.strip_suffix(path)?.strip_suffix('/')?;
        rest.split_once("://").is_some_and(|(_, rest)| rest.contains('/')).then_some(rest)
    };
    Some((cut(lower)?, cut(upper)?))
}

/// The deepest directory that holds all of these files.
fn common_directory(files: &BTreeSet<String>) -> &str {
    let directory = |file: &'_ String| file.rfind('/').unwrap_or(0);
    // Sorted: what the first and the last have in common all have.
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return "" };
    let (first, last) = (&first[..directory(first)], &last[..directory(last)]);
    let mut end = 0;
    for (name, other) in first.split('/').zip(last.split('/')) {
        if name != other || name.is_empty() {
            break;
        }
        end += name.len() + usize::from(end > 0);
    }
    &first[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file<'a>(prefix: &'a str, lower: &'a str, upper: &'a str) -> Wanted<'a> {
        Wanted { prefix, below: "f", lower, upper }
    }

    fn told(wanted: &[Wanted<'_>], strategy: PathStrategy) -> Vec<(String, String, Vec<String>)> {
        let share = |share: Share| (share.source, share.target, Vec::from_iter(share.files));
        shares(wanted, strategy).into_iter().map(share).collect()
    }

    #[test]
    fn partitions_of_a_table_go_together_and_those_elsewhere_with_their_neighbours() {
        let wanted = [
            file("d/t/ds=1/h=1/", "hdfs://l/w/d.db/t/ds=1/h=1", "hdfs://u/x/d.db/t/ds=1/h=1"),
            file("d/t/ds=2/h=1/", "hdfs://l/w/d.db/t/ds=2/h=1/", "hdfs://u/x/d.db/t/ds=2/h=1"),
            file("d/t/ds=3/h=1/", "hdfs://l/e/a", "hdfs://u/e/a"),
            file("d/t/ds=3/h=2/", "hdfs://l/e/b", "hdfs://u/e/b"),
            file("d/t/ds=3/h=3/", "hdfs://l/f/c", "hdfs://u/f/other"),
        ];
        let expected = [
            ("hdfs://l/e", "hdfs://u/e", vec!["a/f", "b/f"]),
            ("hdfs://l/f/c", "hdfs://u/f/other", vec!["f"]),
            ("hdfs://l/w/d.db/t", "hdfs://u/x/d.db/t", vec!["ds=1/h=1/f", "ds=2/h=1/f"]),
        ];
        let expected = expected.map(|(source, target, files)| {
            (source.into(), target.into(), files.into_iter().map(str::to_owned).collect())
        });
        assert_eq!(told(&wanted, PathStrategy::Table), expected);
    }

    #[test]
    fn a_job_walks_no_more_than_what_holds_its_files() {
        let wanted = [
            file("d/t/ds=1/h=1/", "hdfs://l/w/t/ds=1/h=1", "hdfs://u/w/t/ds=1/h=1"),
            file("d/t/ds=1/h=11/", "hdfs://l/w/t/ds=1/h=11", "hdfs://u/w/t/ds=1/h=11"),
        ];
        let files = vec!["h=1/f".to_owned(), "h=11/f".to_owned()];
        let (source, target) = ("hdfs://l/w/t/ds=1".into(), "hdfs://u/w/t/ds=1".into());
        assert_eq!(told(&wanted, PathStrategy::Table), [(source, target, files)]);
        let top = [file("d/t/", "hdfs://l/t", "hdfs://u/t")];
        let (source, target) = ("hdfs://l/t".into(), "hdfs://u/t".into());
        assert_eq!(told(&top, PathStrategy::Database), [(source, target, vec!["f".to_owned()])]);
    }

    #[test]
    fn tables_of_a_database_go_together_when_they_lie_in_its_directory() {
        let wanted = [
            file("d/a/", "hdfs://l/w/d.db/a", "hdfs://u/x/d.db/a"),
            file("d/b/ds=1/", "hdfs://l/w/d.db/b/ds=1", "hdfs://u/x/d.db/b/ds=1"),
            file("d/c/", "hdfs://l/data/c", "hdfs://u/data/c"),
        ];
        let sources = |strategy| -> Vec<String> {
            told(&wanted, strategy).into_iter().map(|(source, ..)| source).collect()
        };
        assert_eq!(sources(PathStrategy::Database), ["hdfs://l/data/c", "hdfs://l/w/d.db"]);
        assert_eq!(sources(PathStrategy::Table).len(), 3);
    }
}
