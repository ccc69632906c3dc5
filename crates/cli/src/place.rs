//! Where a move's state lies: the state home, and what the MOVE argument means. Nothing
//! here opens a journal.

use crate::movefile::{FILE_NAME, MoveFile, check_name};
use boatlift_core::{Code, Error, Result};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// A move that a person named.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its state directory, which may not exist yet.
    pub(crate) directory: PathBuf,
    /// The move file given in place of a name.
    pub(crate) given: Option<MoveFile>,
}

impl Place {
    /// What `argument` names: a move below the state home, a state directory, or a move
    /// file. `state_dir` says where its state lies instead of below the state home.
    ///
    /// # Errors
    /// [`Code::MoveUnknown`] when it names none of them, and what is wrong with a move file.
    pub(crate) fn find(argument: &OsStr, state_dir: Option<&Path>) -> Result<Place> {
        let path = Path::new(argument);
        if path.is_file() || has_yaml_ending(path) {
            return Place::of_file(path, state_dir);
        }
        let by_name = argument.to_str().filter(|name| check_name(name).is_ok());
        let candidates = [state_dir.map(Path::to_owned), by_name.map(named).transpose()?];
        let mut candidates = candidates.into_iter().flatten().chain([absolute(path)?]);
        match candidates.find(|directory| holds_state(directory)) {
            Some(directory) => Ok(Place { directory, given: None }),
            None => Err(Error::new(Code::MoveUnknown, "cannot find move")
                .on(path.display())
                .because("it is no name below the state home, no state directory, no move file")),
        }
    }

    /// The move file in force: the one given, else the one in the state directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn file(&self) -> Result<MoveFile> {
        match &self.given {
            Some(given) => Ok(given.clone()),
            None => MoveFile::read(&self.directory.join(FILE_NAME)),
        }
    }

    fn of_file(path: &Path, state_dir: Option<&Path>) -> Result<Place> {
        let mut file = MoveFile::read(path)?;
        let base = absolute(path.parent().unwrap_or(Path::new("")))?;
        for root in [&mut file.lower, &mut file.upper].into_iter().filter(|root| !root.is_empty()) {
            *root = rooted(root, &base);
        }
        let directory = match state_dir {
            Some(directory) => absolute(directory)?,
            None if path.file_name() == Some(OsStr::new(FILE_NAME)) && holds_journal(&base) => base,
            None => named(&file.name)?,
        };
        Ok(Place { directory, given: Some(file) })
    }
}

/// The directory below which every move has its own: `$XDG_STATE_HOME/boatlift`.
///
/// # Errors
/// When neither `XDG_STATE_HOME` nor `HOME` is an absolute path.
pub(crate) fn state_home() -> Result<PathBuf> {
    let variable =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")));
    home.map(|home| home.join("boatlift")).ok_or_else(|| {
        Error::new(Code::Usage, "cannot tell where the state home is")
            .because("neither XDG_STATE_HOME nor HOME is an absolute path; give --state-dir")
    })
}

/// The state directories below the state home, in the order of their names.
///
/// # Errors
/// When the state home cannot be listed; that it does not exist is no error.
pub(crate) fn all() -> Result<Vec<PathBuf>> {
    let home = state_home()?;
    let unreadable =
        |error| Error::new(Code::StateIo, "cannot list").on(home.display()).because(error);
    let entries = match std::fs::read_dir(&home) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if holds_state(&path) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The state directory of the move `name` below the state home.
pub(crate) fn named(name: &str) -> Result<PathBuf> {
    Ok(state_home()?.join(name))
}

/// `path` as an absolute path without `.`, `..` or a closing `/`. A `..` goes up from where
/// the links before it lead, as the system would.
///
/// # Errors
/// When `path` is empty, or there is no working directory.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    let from = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let from = std::path::absolute(from).map_err(|error| {
        Error::new(Code::Usage, "cannot tell where this is").on(path.display()).because(error)
    })?;
    let mut clean = PathBuf::new();
    for component in from.components() {
        if component == Component::ParentDir {
            clean = clean.canonicalize().unwrap_or(clean);
            clean.pop();
        } else {
            clean.push(component);
        }
    }
    Ok(clean)
}

/// The name that `mirror` gives the move between two roots: the last component of LOWER
/// and a hash over both.
pub(crate) fn name_of_pair(lower: &str, upper: &str) -> String {
    let last = lower.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let word: String = last.chars().map(plain).take(60).collect();
    let word = word.trim_matches('-');
    let mut pair = blake3::Hasher::new();
    pair.update(lower.as_bytes()).update(&[0]).update(upper.as_bytes());
    let hash = pair.finalize().to_hex();
    format!("{}-{}", if word.is_empty() { "root" } else { word }, &hash[..8])
}

/// A root of a move file, which is relative to the directory of the file.
fn rooted(root: &str, base: &Path) -> String {
    match (root.contains("://"), base.to_str()) {
        (false, Some(base)) if !root.starts_with('/') => format!("{base}/{root}"),
        _ => root.to_owned(),
    }
}

fn has_yaml_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

fn holds_state(directory: &Path) -> bool {
    holds_journal(directory) || directory.join(FILE_NAME).exists()
}

/// A person's own directory may hold a move file; only a move's holds a journal.
fn holds_journal(directory: &Path) -> bool {
    directory.join("journal.db").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_name_and_another_pair_another() {
        let name = name_of_pair("/data/old tree", "/new");
        assert_eq!(name, name_of_pair("/data/old tree", "/new"));
        assert!(name.starts_with("old-tree-"), "{name}");
        assert_ne!(name, name_of_pair("/data/old tree", "/newer"));
        for root in ["/", "/..hidden", "/é", "/-"] {
            let name = name_of_pair(root, "/new");
            assert_eq!(check_name(&name), Ok(()), "{name}");
        }
    }

    #[test]
    fn one_directory_has_one_absolute_path() {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path().canonicalize().expect("a path");
        std::fs::create_dir_all(top.join("a/b")).expect("directories");
        std::os::unix::fs::symlink("a/b", top.join("link")).expect("a link");
        let expect = |path: &str, clean: &str| {
            assert_eq!(absolute(&top.join(path)), Ok(top.join(clean)), "{path}");
        };
        expect("a/./b/", "a/b");
        expect("missing", "missing");
        expect("link/../c", "a/c");
    }

    #[test]
    fn roots_of_a_move_file_are_relative_to_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("lift.yaml");
        std::fs::write(&path, "move: a\nlower: old\nupper: file:///new\n").expect("written");
        let place = Place::find(path.as_os_str(), Some(directory.path())).expect("a place");
        let file = place.given.expect("a move file");
        assert_eq!(file.lower, format!("{}/old", directory.path().display()));
        assert_eq!(file.upper, "file:///new");
    }

    #[test]
    fn a_move_file_in_a_directory_of_the_users_own_does_not_make_it_a_state_directory() {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path().canonicalize().expect("a path");
        let path = top.join(FILE_NAME);
        std::fs::write(&path, "move: a\nlower: /old\nupper: /new\n").expect("written");
        let place = Place::find(path.as_os_str(), None).expect("a place");
        assert_ne!(place.directory, top);
        std::fs::write(top.join("journal.db"), "").expect("written");
        let place = Place::find(path.as_os_str(), None).expect("a place");
        assert_eq!(place.directory, top);
    }
}
