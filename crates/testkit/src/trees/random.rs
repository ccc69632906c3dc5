//! Random trees, and random edits of them: the same seed makes the same tree.

use super::{acl, below, is_root, set_attribute, stamp};
use crate::dice::Dice;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

/// Few names, so that edits meet each other; some that sort oddly, some that are not UTF-8.
const NAMES: [&[u8]; 16] = [
    b"a", b"a-", b"a.b", b"a0", b"b", b"c", b"d", b"data", b"-e", b" f ", b"g\nh", b"\xff",
    b"i\\j", b".k", b"l*", b"m",
];
const LARGEST: u64 = 200_000;

/// Makes up to `entries` random entries below the directory `top`.
///
/// # Errors
/// When the file system refuses one.
pub fn random_tree(top: &Path, seed: u64, entries: usize) -> io::Result<()> {
    let mut dice = Dice::new(seed);
    for _ in 0..entries {
        create(top, &mut dice)?;
    }
    // Old, odd times: what an edit touches is newer than all of them.
    for path in below(top)?.iter().rev() {
        stamp(
            path,
            1_000_000_000 + dice.below(500_000_000) as i64,
            dice.below(1_000_000_000) as i64,
        )?;
    }
    Ok(())
}

/// Whether edits show in a file's size or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// Each changes at least one of them.
    Visible,
    /// Some change content and set the old time again.
    Disguised,
}

/// Makes `edits` random changes below `top`: contents, attributes, times, names, types and
/// links; also such that keep a file's size.
///
/// # Errors
/// When the file system refuses one.
pub fn random_edits(top: &Path, seed: u64, edits: usize, kind: Edits) -> io::Result<()> {
    let mut dice = Dice::new(seed ^ 0x5eed_ed17);
    for _ in 0..edits {
        let all = below(top)?;
        match (dice.below(20), dice.pick(&all)) {
            (0..=3, _) | (_, None) => create(top, &mut dice)?,
            (4..=8, Some(path)) => edit_content(path, &mut dice, kind)?,
            (9..=12, Some(path)) => edit_attributes(path, &mut dice)?,
            (13..=15, Some(path)) => rename(top, path, &mut dice)?,
            (16..=17, Some(path)) => remove(path)?,
            (_, Some(path)) => replace(path, &mut dice)?,
        }
    }
    Ok(())
}

/// A directory below `top`, or `top` itself.
fn any_directory(top: &Path, dice: &mut Dice) -> io::Result<PathBuf> {
    let mut directories = vec![top.to_owned()];
    directories.extend(below(top)?.into_iter().filter(|path| is_directory(path)));
    Ok(dice.pick(&directories).map_or_else(|| top.to_owned(), Clone::clone))
}

fn any_name(dice: &mut Dice) -> &'static OsStr {
    OsStr::from_bytes(dice.pick(&NAMES).copied().unwrap_or(b"a"))
}

/// Makes one entry of a random kind, where its name is free.
fn create(top: &Path, dice: &mut Dice) -> io::Result<()> {
    let path = any_directory(top, dice)?.join(any_name(dice));
    if fs::symlink_metadata(&path).is_ok() {
        return Ok(());
    }
    create_at(top, &path, dice)
}

fn create_at(top: &Path, path: &Path, dice: &mut Dice) -> io::Result<()> {
    match dice.below(12) {
        0..=3 => fs::create_dir(path)?,
        4 => symlink(any_name(dice), path)?,
        5 => {
            let files: Vec<_> = below(top)?.into_iter().filter(|path| is_file(path)).collect();
            match dice.pick(&files) {
                Some(file) => return fs::hard_link(file, path),
                None => fs::write(path, "")?,
            }
        }
        6 => {
            let file = fs::File::create(path)?;
            file.set_len(dice.below(2 << 20))?;
            file.write_all_at(b"in a hole", dice.below(2 << 20))?;
        }
        _ => {
            let size = if dice.once_in(4) { dice.below(LARGEST) } else { dice.below(3_000) };
            fs::write(path, dice.bytes(size as usize))?;
        }
    }
    edit_attributes(path, dice)
}

fn edit_content(path: &Path, dice: &mut Dice, kind: Edits) -> io::Result<()> {
    let info = fs::symlink_metadata(path)?;
    if !info.is_file() {
        return Ok(());
    }
    match dice.below(5) {
        0 => {
            let len = dice.below(5_000) as usize;
            OpenOptions::new().append(true).open(path)?.write_all(&dice.bytes(len))
        }
        1 => OpenOptions::new().write(true).open(path)?.set_len(dice.below(info.len() + 1)),
        2 => rewrite(path, info.len().min(LARGEST), dice),
        3 if kind == Edits::Disguised => {
            rewrite(path, info.len().min(LARGEST), dice)?;
            stamp(path, info.mtime(), info.mtime_nsec())
        }
        _ => {
            let len = dice.below(LARGEST) as usize;
            fs::write(path, dice.bytes(len))
        }
    }
}

/// Other bytes in place of the first `len` ones.
fn rewrite(path: &Path, len: u64, dice: &mut Dice) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all_at(&dice.bytes(len as usize), 0)
}

fn edit_attributes(path: &Path, dice: &mut Dice) -> io::Result<()> {
    let is_link = fs::symlink_metadata(path)?.is_symlink();
    match dice.below(6) {
        0 => stamp(path, dice.below(2_000_000_000) as i64, dice.below(1_000_000_000) as i64),
        1 if is_root() => lchown(path, Some(dice.below(5) as u32), Some(dice.below(5) as u32)),
        _ if is_link => Ok(()),
        2 => {
            let value = dice.bytes(20);
            set_attribute(path, "user.random", &value)
        }
        3 => {
            let value = acl(dice.below(9) as u32, dice.below(8) as u16, dice.below(8) as u16);
            set_attribute(path, "system.posix_acl_access", &value)?;
            match is_directory(path) && dice.once_in(2) {
                true => set_attribute(path, "system.posix_acl_default", &value),
                false => Ok(()),
            }
        }
        _ => {
            // A user must still be able to look into the tree.
            let mode = dice.below(0o10_000) as u32 | if is_root() { 0 } else { 0o700 };
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
        }
    }
}

/// Gives an entry another name, anywhere; onto what stands there when that is possible.
fn rename(top: &Path, path: &Path, dice: &mut Dice) -> io::Result<()> {
    let to = any_directory(top, dice)?.join(any_name(dice));
    if to.starts_with(path) || path.starts_with(&to) {
        return Ok(());
    }
    match fs::symlink_metadata(&to) {
        Ok(there) if there.is_dir() || is_directory(path) => Ok(()),
        _ => fs::rename(path, &to),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match is_directory(path) {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

/// Another entry under the same name, often of another type.
fn replace(path: &Path, dice: &mut Dice) -> io::Result<()> {
    remove(path)?;
    create_at(path.parent().unwrap_or(path), path, dice)
}

fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|info| info.is_dir())
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|info| info.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judges;

    #[test]
    fn the_same_seeds_make_the_same_tree() {
        let top = tempfile::tempdir().expect("a temporary directory");
        let sides = ["lower", "upper"].map(|side| top.path().join(side));
        for side in &sides {
            fs::create_dir(side).expect("a side");
            random_tree(side, 11, 200).expect("a tree");
            stamp(side, 1, 0).expect("a time");
        }
        assert_eq!(judges::judge(&sides[0], &sides[1]), Ok(()));
        random_edits(&sides[1], 12, 10, Edits::Visible).expect("edits");
        assert!(judges::judge_fwalk(&sides[0], &sides[1]).is_err());
    }
}
