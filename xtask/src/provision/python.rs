//! Sets of Python packages, for the programs that judge and for servers written in Python:
//! each package by its version, in a folder of the cache that `PYTHONPATH` names. Nothing is
//! installed into the machine's own Python.
//!
//! A folder holds the list that it was made from and the Python that it was made for; only
//! another list or another Python makes it again.

use crate::process::{output, run};
use crate::{Result, cache};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Packages that are found together.
struct Set {
    /// The folder under `tools` in the cache; the test kit looks there.
    name: &'static str,
    /// What is wanted, dependencies too: pip looks for no others.
    packages: &'static str,
}

/// Every set: the judges of Hive; the judges and servers of Amazon's protocols; a
/// client of Pegasus.
const SETS: &[Set] = &[
    Set { name: "python", packages: include_str!("python-hive.txt") },
    Set { name: "python-aws", packages: include_str!("python-aws.txt") },
    Set { name: "python-pegasus", packages: include_str!("python-pegasus.txt") },
];

/// The file in the folder that tells what it was made from.
const LIST: &str = "packages.txt";

/// Installs every set that is not there.
///
/// # Errors
/// When Python has no pip, or a package cannot be fetched; the old folder stays.
pub(crate) fn sets() -> Result<()> {
    let tools = cache()?.join("tools");
    let python = output(Command::new("python3").arg("--version"))?;
    for set in SETS {
        let place = tools.join(set.name);
        let list = list(set, &python);
        if !is_current(&place, &list) {
            println!("fetching Python packages: {}", set.name);
            fetch(&place, &list)?;
        }
    }
    Ok(())
}

/// The packages, in the form that pip reads, below the Python that they are for.
fn list(set: &Set, python: &str) -> String {
    format!("# {}\n{}", python.trim(), set.packages)
}

fn is_current(place: &Path, list: &str) -> bool {
    fs::read_to_string(place.join(LIST)).is_ok_and(|there| there == list)
}

/// Installs into a folder beside the set's place, and puts it there.
fn fetch(place: &Path, list: &str) -> Result<()> {
    let work = place.with_extension(format!("part-{}", std::process::id()));
    let outcome = install(&work, list).and_then(|()| put(&work, place));
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    outcome
}

fn install(work: &Path, list: &str) -> Result<()> {
    fs::create_dir_all(work)?;
    let file = work.join(LIST);
    fs::write(&file, list)?;
    run(Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .arg("--target")
        .arg(work)
        .arg("--requirement")
        .arg(&file))
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
    fn a_folder_is_current_only_with_this_list_and_this_python() {
        let place = std::env::temp_dir().join(format!("python-current-{}", std::process::id()));
        fs::create_dir_all(&place).expect("a folder");
        let ours = list(&SETS[0], "Python 3.11.7\n");
        assert!(!is_current(&place, &ours));
        for other in [list(&SETS[1], "Python 3.11.7\n"), list(&SETS[0], "Python 3.12.1\n")] {
            fs::write(place.join(LIST), other).expect("write");
            assert!(!is_current(&place, &ours));
        }
        fs::write(place.join(LIST), &ours).expect("write");
        assert!(is_current(&place, &ours));
        fs::remove_dir_all(place).expect("remove");
    }
}
