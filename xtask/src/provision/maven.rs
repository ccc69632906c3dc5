//! Sets of files from Maven's central repository, each listed by a POM of ours and kept in
//! a folder of the cache. A set is fetched once: its folder holds the POM that it came from,
//! and only another POM fetches again. Folders are renamed into place when complete.

use crate::process::run;
use crate::{Result, cache};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The plugin that fetches, by version, so that its properties mean the same tomorrow.
const PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/// Files that belong together.
struct Set {
    /// The folder under `jars` in the cache; the test kit looks there.
    name: &'static str,
    /// What they are.
    pom: &'static str,
    /// The plugin's goal: copy the files, or what is packed in them.
    goal: &'static str,
}

/// Every set.
const SETS: &[Set] = &[
    Set { name: "hadoop-3.4.3", pom: include_str!("hadoop.pom.xml"), goal: "copy-dependencies" },
    Set { name: "hive-4.0.1", pom: include_str!("hive.pom.xml"), goal: "copy-dependencies" },
    Set {
        name: "hive-4.0.1-schema",
        pom: include_str!("hive-schema.pom.xml"),
        goal: "unpack-dependencies",
    },
    Set { name: "lower-1.2.1", pom: include_str!("lower.pom.xml"), goal: "copy-dependencies" },
    Set { name: "s3a-3.3.6", pom: include_str!("s3a.pom.xml"), goal: "copy-dependencies" },
];

/// Fetches every set that is missing or was listed by another POM.
///
/// # Errors
/// When Maven is missing or a set cannot be fetched; sets already fetched stay.
pub(crate) fn sets() -> Result<()> {
    let jars = cache()?.join("jars");
    for set in SETS {
        let place = jars.join(set.name);
        if !is_current(set, &place) {
            println!("fetching {}", set.name);
            fetch(set, &place)?;
        }
    }
    Ok(())
}

fn is_current(set: &Set, place: &Path) -> bool {
    fs::read_to_string(place.join("pom.xml")).is_ok_and(|pom| pom == set.pom)
}

/// Fetches into a folder beside the set's place, and puts it there.
fn fetch(set: &Set, place: &Path) -> Result<()> {
    let work = beside(place, "part");
    let outcome = fetch_into(set, &work).and_then(|files| put(&files, place));
    fs::remove_dir_all(&work)?;
    outcome
}

/// Lets Maven write its own files into one folder and the set's into another inside.
fn fetch_into(set: &Set, work: &Path) -> Result<PathBuf> {
    let files = work.join("files");
    fs::create_dir_all(&files)?;
    let pom = work.join("pom.xml");
    fs::write(&pom, set.pom)?;
    run(Command::new("mvn")
        .args(["--batch-mode", "--no-transfer-progress", "--quiet", "--file"])
        .arg(&pom)
        .arg(format!("{PLUGIN}:{}", set.goal))
        .arg("-DincludeScope=runtime")
        .arg(format!("-DoutputDirectory={}", files.display())))?;
    fs::rename(pom, files.join("pom.xml"))?;
    Ok(files)
}

fn put(files: &Path, place: &Path) -> Result<()> {
    let old = beside(place, "old");
    if place.exists() {
        fs::rename(place, &old)?;
    }
    fs::rename(files, place)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// A hidden neighbour of a folder that no other process uses.
fn beside(place: &Path, what: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{what}-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    #[test]
    fn a_set_is_current_only_with_its_own_pom() {
        let place = folder("maven-current");
        let set = &SETS[0];
        assert!(!is_current(set, &place));
        fs::write(place.join("pom.xml"), SETS[1].pom).expect("write");
        assert!(!is_current(set, &place));
        fs::write(place.join("pom.xml"), set.pom).expect("write");
        assert!(is_current(set, &place));
        fs::remove_dir_all(place).expect("remove");
    }

    #[test]
    fn a_new_set_replaces_the_old_one_whole() {
        let base = folder("maven-put");
        let (files, place) = (base.join("files"), base.join("set"));
        for (folder, file) in [(&place, "old.jar"), (&files, "new.jar")] {
            fs::create_dir_all(folder).expect("a folder");
            fs::write(folder.join(file), "x").expect("write");
        }
        put(&files, &place).expect("put");
        assert!(place.join("new.jar").is_file() && !place.join("old.jar").exists());
        assert_eq!(fs::read_dir(&base).expect("list").count(), 1);
        fs::remove_dir_all(base).expect("remove");
    }

    /// The folder names are also in the test kit: a version must not change alone.
    #[test]
    fn the_folders_carry_the_versions_of_their_poms() {
        for set in SETS {
            let version = set.name.split('-').nth(1).expect("a version in the name");
            assert!(set.pom.contains(&format!("version>{version}</")), "{}", set.name);
        }
    }
}
