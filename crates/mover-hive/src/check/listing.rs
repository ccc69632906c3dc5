//! Hadoop's own `-ls`, asked of a HiveServer2: what the server itself may list and read.
//!
//! The commands are `-ls` and `-tail` alone. What the grammar of commands could take for its
//! own in a directory's name is asked for by `?`, and the answer is held against the name;
//! a file whose name has such characters is not read.
//! Source: Hadoop, `FsShell`; Hive, `DfsProcessor`, versions 1.2 to 4.0.

use crate::locations::Place;

/// Directories that are listed to find a file.
const MOST_LISTINGS: usize = 24;
/// Directories of one level that are looked into.
const MOST_BRANCHES: usize = 4;

/// An entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) is_directory: bool,
    pub(super) bytes: u64,
    pub(super) location: String,
}

/// What a server could do below a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// It listed it and read the end of a file.
    File(String),
    /// It listed all of it; there was no file to read.
    Empty,
    /// It listed some of it; there may be a file elsewhere, or one with a name that no command
    /// can hold.
    Unsure,
}

/// Lists below a location until there is a file with content, and reads its end. `ask` gives
/// the lines that a server answers to a command.
///
/// # Errors
/// When the server cannot list or read.
pub(super) fn read_one<E>(
    location: &str,
    ask: &mut impl FnMut(&str) -> Result<Vec<String>, E>,
) -> Result<Reading, E> {
    let (mut waiting, mut unsure) = (vec![location.to_owned()], false);
    for _ in 0..MOST_LISTINGS {
        let Some(directory) = waiting.pop() else { break };
        let entries = list(&directory, ask)?;
        let (directories, mut files): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.is_directory);
        files.retain(|file| file.bytes > 0);
        let readable = files.iter().filter_map(|file| Some((file, tail(&file.location)?)));
        if let Some((file, command)) = readable.min_by_key(|(file, _)| file.bytes) {
            ask(&command)?;
            return Ok(Reading::File(file.location.clone()));
        }
        unsure |= !files.is_empty() || directories.len() > MOST_BRANCHES;
        let branches = directories.into_iter().take(MOST_BRANCHES);
        waiting.extend(branches.map(|entry| entry.location));
    }
    Ok(if unsure || !waiting.is_empty() { Reading::Unsure } else { Reading::Empty })
}

/// The command that tells whether a server finds a directory at all. HiveServer2 keeps the
/// reason of a failure to its log.
pub(super) fn reach(place: &Place) -> String {
    listing("-ls -d", &place.to_string())
}

fn list<E>(
    directory: &str,
    ask: &mut impl FnMut(&str) -> Result<Vec<String>, E>,
) -> Result<Vec<Entry>, E> {
    let lines = ask(&listing("-ls", directory))?;
    let inside = format!("{}/", directory.trim_end_matches('/'));
    let entries = lines.iter().filter_map(|line| entry(line));
    Ok(entries.filter(|entry| entry.location.starts_with(&inside)).collect())
}

/// A command that lists; it takes patterns.
fn listing(verb: &str, location: &str) -> String {
    let pattern: String = location.chars().map(|c| if is_plain(c) { c } else { '?' }).collect();
    format!("dfs {verb} {pattern}")
}

/// The command that reads the last kibibyte of a file; it takes no patterns.
fn tail(location: &str) -> Option<String> {
    let is_quotable = |c: char| !c.is_control() && !matches!(c, '\'' | '"' | '$' | '\\' | ';');
    if location.chars().all(is_plain) {
        Some(format!("dfs -tail {location}"))
    } else if location.chars().all(is_quotable) {
        Some(format!("dfs -tail '{location}'"))
    } else {
        None
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/:._-=%@+~,".contains(c)
}

/// `drwxr-xr-x   - root supergroup          0 2026-01-01 10:00 hdfs://n/a b`
fn entry(line: &str) -> Option<Entry> {
    let mut rest = line;
    let mut fields = [""; 7];
    for field in &mut fields {
        let trimmed = rest.trim_start();
        let (word, after) = trimmed.split_once(' ')?;
        (*field, rest) = (word, after);
    }
    let is_directory = match fields[0].as_bytes().first() {
        Some(b'd') => true,
        Some(b'-') => false,
        _ => return None,
    };
    let bytes = fields[4].parse().ok()?;
    Some(Entry { is_directory, bytes, location: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server with these directories: each with the lines of its listing.
    fn reading(directories: &[(&str, &[&str])]) -> Result<Reading, String> {
        read_one("hdfs://n/t", &mut |command: &str| {
            if command.starts_with("dfs -tail ") {
                return Ok(Vec::new());
            }
            let wanted = command.strip_prefix("dfs -ls ").ok_or("another command")?;
            let found = directories.iter().find(|(name, _)| *name == wanted);
            let (_, lines) = found.ok_or_else(|| format!("no {wanted}"))?;
            Ok(lines.iter().map(ToString::to_string).collect())
        })
    }

    const DEEPER: &str = "drwxr-xr-x   - a b          0 2026-11-21 04:18 hdfs://n/t/ds=1";
    const EMPTY: &str = "-rw-r--r--   1 a b          0 2026-11-21 04:18 hdfs://n/t/_SUCCESS";
    const SMALL: &str = "-rw-r--r--   1 a b          7 2026-11-21 04:18 hdfs://n/t/ds=1/small";
    const LARGE: &str = "-rw-r--r--   1 a b         70 2026-11-21 04:18 hdfs://n/t/ds=1/large";
    const ODD: &str = "-rw-r--r--   1 a b          7 2026-11-21 04:18 hdfs://n/t/ds=1/it's";

    #[test]
    fn the_smallest_file_with_content_is_read_wherever_it_is() {
        let top: &[&str] = &["Found 2 items", DEEPER, EMPTY];
        let read = reading(&[("hdfs://n/t", top), ("hdfs://n/t/ds=1", &[LARGE, SMALL])]);
        assert_eq!(read, Ok(Reading::File("hdfs://n/t/ds=1/small".into())));
        assert_eq!(reading(&[("hdfs://n/t", top), ("hdfs://n/t/ds=1", &[])]), Ok(Reading::Empty));
        let odd = reading(&[("hdfs://n/t", top), ("hdfs://n/t/ds=1", &[ODD])]);
        assert_eq!(odd, Ok(Reading::Unsure));
        assert_eq!(reading(&[("hdfs://n/t", top)]), Err("no hdfs://n/t/ds=1".into()));
    }

    #[test]
    fn entries_of_another_directory_do_not_count() {
        let other = SMALL.replace("hdfs://n/t/", "hdfs://n/u/");
        assert_eq!(reading(&[("hdfs://n/t", &[other.as_str()])]), Ok(Reading::Empty));
    }

    #[test]
    fn a_line_is_taken_apart() {
        let line = "-rw-r--r--+  1 root supergroup   40526316 2026-11-21 05:45 hdfs://n:1/a b/c";
        let expected =
            Entry { is_directory: false, bytes: 40_526_316, location: "hdfs://n:1/a b/c".into() };
        assert_eq!(entry(line), Some(expected));
        let directory = entry("drwxr-xr-x   - a b          0 2026-11-21 04:18 hdfs://n:1/apps");
        assert!(directory.is_some_and(|entry| entry.is_directory));
        for other in ["Found 5 items", "", "x", "?? 1 a b 2 3 4 5"] {
            assert_eq!(entry(other), None, "{other}");
        }
    }

    #[test]
    fn no_location_says_more_than_where() {
        let odd = listing("-ls", "hdfs://n/a' -rm ${x};*[b]\\\n/ds=1%2F2");
        assert_eq!(odd, "dfs -ls hdfs://n/a??-rm???x????b???/ds=1%2F2");
        assert_eq!(tail("hdfs://n/a/b").as_deref(), Some("dfs -tail hdfs://n/a/b"));
        assert_eq!(tail("hdfs://n/a b/c").as_deref(), Some("dfs -tail 'hdfs://n/a b/c'"));
        for odd in ["hdfs://n/a'b", "hdfs://n/${x}", "hdfs://n/a\nb", "hdfs://n/a\\"] {
            assert_eq!(tail(odd), None, "{odd}");
        }
    }
}
