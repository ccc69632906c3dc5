//! The Python packages of the programs that judge Hive, each by its version, in a folder of
//! the cache that `PYTHONPATH` names. Nothing is installed into the machine's own Python.
//!
//! The folder holds the list that it was made from, and only another list makes it again.

use crate::process::run;
use crate::{Result, cache};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder below the cache; the test kit looks there.
const FOLDER: &str = "tools/python";

/// What is wanted, dependencies too: pip looks for no others.
const PACKAGES: &str = include_str!("python.txt");

/// The file in the folder that tells what it was made from.
const LIST: &str = "packages.txt";

/// Installs the packages, unless they are there.
///
/// # Errors
/// When Python has no pip, or a package cannot be fetched; the old folder stays.
pub(crate) fn packages() -> Result<()> {
    let place = cache()?.join(FOLDER);
    if is_current(&place) {
        return Ok(());
    }
    println!("fetching the Python packages of the judges");
    let work = place.with_extension(format!("part-{}", std::process::id()));
    let outcome = install(&work).and_then(|()| put(&work, &place));
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    outcome
}

fn is_current(place: &Path) -> bool {
    fs::read_to_string(place.join(LIST)).is_ok_and(|list| list == PACKAGES)
}

fn install(work: &Path) -> Result<()> {
    fs::create_dir_all(work)?;
    let list = work.join(LIST);
    fs::write(&list, PACKAGES)?;
    run(Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .arg("--target")
        .arg(work)
        .arg("--requirement")
        .arg(&list))
}

fn put(work: &Path, place: &Path) -> Result<()> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    Ok(fs::rename(work, place)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_current_only_with_this_list() {
        let place = std::env::temp_dir().join(format!("python-current-{}", std::process::id()));
        fs::create_dir_all(&place).expect("a folder");
        assert!(!is_current(&place));
        fs::write(place.join(LIST), "another==1\n").expect("write");
        assert!(!is_current(&place));
        fs::write(place.join(LIST), PACKAGES).expect("write");
        assert!(is_current(&place));
        fs::remove_dir_all(place).expect("remove");
    }
}
