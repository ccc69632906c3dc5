//! Judges: programs that say whether UPPER is as LOWER, and share no code with us.
//!
//! `rsync` in its strictest dry run is the first. It cannot see allocated blocks nor
//! enter paths beyond PATH_MAX; a Python script that walks by directory descriptors is
//! the second. What both pass is the same. Hive and Amazon's services have judges of their
//! own: see [`hive`] and [`aws`].

pub mod aws;
pub mod hive;

use crate::services::cache;
use crate::services::error::ServiceError;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The most characters of a judge's complaint that a failed test shows.
const SHOWN: usize = 4_000;

/// Both judges.
///
/// # Errors
/// What either of them found to differ.
pub fn judge(lower: &Path, upper: &Path) -> Result<(), String> {
    judge_fwalk(lower, upper)?;
    judge_rsync(lower, upper)
}

/// Asks `rsync` what it would still do. The names at the top that begin with `deep` are
/// left to the other judge: rsync cannot enter paths beyond PATH_MAX.
///
/// # Errors
/// What rsync printed, when it printed anything or failed.
pub fn judge_rsync(lower: &Path, upper: &Path) -> Result<(), String> {
    let mut rsync = Command::new("rsync");
    rsync.args(["-aHAXSni", "-@-1", "--numeric-ids", "--checksum", "--delete"]);
    rsync.args(["--exclude=/.boatlift", "--exclude=/deep*"]);
    rsync.args([with_slash(lower), with_slash(upper)]);
    verdict(&mut rsync)
}

/// Walks both sides with `os.fwalk` and compares type, mode, owner, size, mtime in
/// nanoseconds, link target, extended attributes, content, allocated blocks and groups
/// of hard links, at any depth.
///
/// # Errors
/// What differs.
pub fn judge_fwalk(lower: &Path, upper: &Path) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/fwalk.py");
    verdict(Command::new("python3").arg(script).args([lower, upper]))
}

/// Runs a program to its end and gives what it printed.
///
/// # Errors
/// What it said, when it did not end with 0.
pub fn finish(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?} ended with {}:\n{said}", output.status)),
    }
}

/// A program of the folder `judges`, not started. Its packages were brought into a folder of
/// the cache by `cargo xtask provision`.
fn python(packages: &str, script: &str) -> Result<Command, ServiceError> {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("judges").join(script));
    command.env("PYTHONPATH", cache()?.join(packages)).env("PYTHONDONTWRITEBYTECODE", "1");
    command.stdin(Stdio::null());
    Ok(command)
}

fn with_slash(directory: &Path) -> std::ffi::OsString {
    let mut path = directory.as_os_str().to_owned();
    path.push(OsStr::new("/"));
    path
}

/// A judge that is content says nothing and ends with 0.
fn verdict(judge: &mut Command) -> Result<(), String> {
    let name = judge.get_program().to_string_lossy().into_owned();
    let output = judge
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start the judge {name}: {error}"))?;
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    match output.status.success() && said.is_empty() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&said);
            let shown: String = said.chars().take(SHOWN).collect();
            Err(format!("{name} ({}) says:\n{shown}", output.status))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// Makes two equal trees, spoils the second and asks both judges.
    fn spoiled(spoil: impl Fn(&Path)) -> (Result<(), String>, Result<(), String>) {
        let top = tempfile::tempdir().expect("a temporary directory");
        let sides = ["lower", "upper"].map(|side| top.path().join(side));
        for side in &sides {
            fs::create_dir(side).expect("a side");
            fs::create_dir(side.join("d")).expect("a directory");
            fs::write(side.join("d/file"), "content").expect("a file");
            fs::hard_link(side.join("d/file"), side.join("d/other")).expect("a link");
            symlink("file", side.join("d/link")).expect("a symlink");
            let sparse = fs::File::create(side.join("d/sparse")).expect("a file");
            sparse.set_len(4 << 20).expect("a hole");
            for name in ["d/file", "d/link", "d/sparse", "d"] {
                trees::stamp(&side.join(name), 1_000_000_000, 5).expect("a time");
            }
        }
        trees::stamp(&sides[0], 1, 0).expect("a time");
        spoil(&sides[1]);
        trees::stamp(&sides[1].join("d"), 1_000_000_000, 5).expect("a time");
        trees::stamp(&sides[1], 1, 0).expect("a time");
        (judge_rsync(&sides[0], &sides[1]), judge_fwalk(&sides[0], &sides[1]))
    }

    #[test]
    fn equal_trees_pass() {
        assert_eq!(spoiled(|_| {}), (Ok(()), Ok(())));
    }

    #[test]
    fn both_judges_see_what_both_can_see() {
        type Spoil = (&'static str, fn(&Path));
        let spoils: [Spoil; 6] = [
            ("content", |side| {
                fs::write(side.join("d/file"), "CONTENT").expect("write");
                trees::stamp(&side.join("d/file"), 1_000_000_000, 5).expect("a time");
            }),
            ("nanosecond", |side| {
                trees::stamp(&side.join("d/file"), 1_000_000_000, 6).expect("a time");
            }),
            ("time of a symlink", |side| {
                trees::stamp(&side.join("d/link"), 1, 0).expect("a time");
            }),
            ("mode", |side| {
                let mode = fs::Permissions::from_mode(0o600);
                fs::set_permissions(side.join("d/file"), mode).expect("chmod");
            }),
            ("extra", |side| fs::write(side.join("d/extra"), "").expect("write")),
            ("missing", |side| fs::remove_file(side.join("d/link")).expect("remove")),
        ];
        for (name, spoil) in spoils {
            let (rsync, fwalk) = spoiled(spoil);
            assert!(rsync.is_err(), "rsync passes: {name}");
            assert!(fwalk.is_err(), "fwalk passes: {name}");
        }
    }

    #[test]
    fn the_second_judge_sees_blocks_and_broken_link_groups() {
        let (_, fwalk) = spoiled(|side| {
            fs::write(side.join("d/sparse"), vec![0; 4 << 20]).expect("write");
            trees::stamp(&side.join("d/sparse"), 1_000_000_000, 5).expect("a time");
        });
        assert!(fwalk.expect_err("a filled hole").contains("blocks"));
        let (_, fwalk) = spoiled(|side| {
            fs::remove_file(side.join("d/other")).expect("remove");
            fs::write(side.join("d/other"), "content").expect("write");
            trees::stamp(&side.join("d/other"), 1_000_000_000, 5).expect("a time");
        });
        assert!(fwalk.expect_err("a broken group").contains("links"));
    }
}
