//! The tree with one of everything.

use super::{acl, below, is_root, set_attribute, stamp, times_of};
use crate::dice::Dice;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;

/// A capability set as the kernel stores it: version 2, `cap_net_bind_service` effective.
const CAPABILITY: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Builds, below the empty directory `top`, one of everything that a tree can hold. What
/// only root may make is there only where we are root. Times are fixed, also those of
/// directories and symbolic links.
///
/// # Errors
/// When the file system refuses any of it.
pub fn build_everything(top: &Path) -> io::Result<()> {
    sizes(&top.join("sizes"))?;
    directories(&top.join("directories"))?;
    symlinks(&top.join("symlinks"))?;
    hard_links(&top.join("hard links"))?;
    sparse(&top.join("sparse"))?;
    modes(&top.join("modes"))?;
    attributes(&top.join("attributes"))?;
    names(&top.join("names"))?;
    specials(&top.join("specials"))?;
    if is_root() {
        owners(&top.join("owners"))?;
    }
    settle(top)?;
    times(&top.join("times"))?;
    deep(top)?;
    stamp(top, 1_200_000_000, 123_456_789)
}

fn sizes(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let mut dice = Dice::new(1);
    for size in [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_048_577, 5_000_000] {
        fs::write(at.join(format!("file-{size}")), dice.bytes(size))?;
    }
    for number in 0..300 {
        fs::write(at.join(format!("small-{number:03}")), dice.bytes(number))?;
    }
    Ok(())
}

fn directories(at: &Path) -> io::Result<()> {
    fs::create_dir_all(at.join("empty/a/b/c"))?;
    // Siblings that a plain sort of names puts between a directory and what is in it.
    fs::create_dir(at.join("a"))?;
    for name in ["a-b", "a.c", "a0", "a/x", "a b"] {
        fs::write(at.join(name), name)?;
    }
    Ok(())
}

fn symlinks(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    fs::create_dir(at.join("directory"))?;
    fs::write(at.join("directory/inside"), "inside")?;
    symlink("nowhere/at/all", at.join("dangling"))?;
    symlink("/etc/hostname", at.join("absolute"))?;
    symlink("directory", at.join("to-directory"))?;
    symlink("../../..", at.join("upwards"))?;
    symlink("loop", at.join("loop"))?;
    symlink(OsStr::from_bytes(b"\xff\nodd "), at.join("odd-target"))?;
    symlink("x/".repeat(2_000), at.join("long-target"))
}

fn hard_links(at: &Path) -> io::Result<()> {
    fs::create_dir_all(at.join("z/deeper"))?;
    fs::create_dir(at.join("b"))?;
    fs::write(at.join("z/deeper/last"), "three names in three directories")?;
    fs::hard_link(at.join("z/deeper/last"), at.join("b/middle"))?;
    fs::hard_link(at.join("z/deeper/last"), at.join("first"))?;
    fs::write(at.join("one"), "")?;
    fs::hard_link(at.join("one"), at.join("one, again"))?;
    symlink("one", at.join("link"))?;
    fs::hard_link(at.join("link"), at.join("link, again"))
}

fn sparse(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let mut dice = Dice::new(2);
    let mut make = |name: &str, len: u64, data: &[u64]| -> io::Result<()> {
        let file = File::create(at.join(name))?;
        file.set_len(len)?;
        for offset in data {
            file.write_all_at(&dice.bytes(10_000), *offset)?;
        }
        Ok(())
    };
    make("only a hole", 8 << 20, &[])?;
    make("hole first", 4 << 20, &[(4 << 20) - 10_000])?;
    make("hole last", 4 << 20, &[0])?;
    make("holes between", 6 << 20, &[1 << 20, 3 << 20, 5 << 20])?;
    make("odd length", (1 << 20) + 1, &[70_000])?;
    fs::write(at.join("zeroes, no hole"), vec![0; 100_000])
}

fn modes(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    for mode in [0o400, 0o444, 0o600, 0o755, 0o777, 0o1644, 0o2755, 0o4755, 0o6711] {
        let file = at.join(format!("file-{mode:04o}"));
        fs::write(&file, "content")?;
        set_mode(&file, mode)?;
    }
    for mode in [0o500, 0o555, 0o700, 0o777, 0o1777, 0o2775] {
        let directory = at.join(format!("directory-{mode:04o}"));
        fs::create_dir(&directory)?;
        fs::write(directory.join("inside"), "inside")?;
        set_mode(&directory, mode)?;
    }
    if is_root() {
        fs::write(at.join("file-0000"), "closed")?;
        set_mode(&at.join("file-0000"), 0)?;
        fs::create_dir(at.join("directory-0000"))?;
        fs::write(at.join("directory-0000/inside"), "inside")?;
        set_mode(&at.join("directory-0000"), 0)?;
    }
    Ok(())
}

fn attributes(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let file = |name: &str| -> io::Result<_> {
        fs::write(at.join(name), name)?;
        Ok(at.join(name))
    };
    let many = file("many")?;
    set_attribute(&many, "user.empty", b"")?;
    set_attribute(&many, "user.binary", b"\0\xff\n")?;
    set_attribute(&many, "user.long", &Dice::new(3).bytes(1_000))?;
    let directory = at.join("directory");
    fs::create_dir(&directory)?;
    set_attribute(&directory, "user.of.a.directory", b"yes")?;
    set_attribute(&file("acl")?, "system.posix_acl_access", &acl(12_345, 5, 4))?;
    let inherits = at.join("default acl");
    fs::create_dir(&inherits)?;
    fs::write(inherits.join("from before"), "no acl")?;
    set_attribute(&inherits, "system.posix_acl_default", &acl(12_345, 7, 1))?;
    fs::write(inherits.join("from after"), "inherited")?;
    fs::create_dir(inherits.join("inherits too"))?;
    let both = at.join("both acls");
    fs::create_dir(&both)?;
    set_attribute(&both, "system.posix_acl_access", &acl(3, 1, 7))?;
    set_attribute(&both, "system.posix_acl_default", &acl(4, 2, 0))?;
    if is_root() {
        symlink("many", at.join("link"))?;
        set_attribute(&at.join("link"), "trusted.of.a.link", b"yes")?;
        set_attribute(&file("capable")?, "security.capability", &CAPABILITY)?;
    }
    Ok(())
}

fn names(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let longest = vec![b'n'; 255];
    let odd: [&[u8]; 22] = [
        b"\xff\xfe not utf-8",
        b"new\nline",
        b"tab\tand\rreturn",
        b"-rf",
        b"--delete",
        b" leading and trailing ",
        b"...",
        b"..a",
        b".hidden",
        b".boatliftish",
        b"~",
        b"*",
        b"?[a]{b}",
        b"back\\slash",
        b"quote\"quote'",
        b"$HOME `id`",
        b"%20#",
        b"\x01\x7f",
        "e\u{301} decomposed".as_bytes(),
        "\u{e9} composed".as_bytes(),
        "\u{202e}right to left".as_bytes(),
        &longest,
    ];
    for name in odd {
        fs::write(at.join(OsStr::from_bytes(name)), name)?;
        let mut directory = name.to_vec();
        directory.truncate(250);
        directory.extend_from_slice(b".dir");
        let directory = at.join(OsStr::from_bytes(&directory));
        fs::create_dir(&directory)?;
        fs::write(directory.join(OsStr::from_bytes(name)), "inside")?;
    }
    Ok(())
}

fn specials(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let make = |name: &str, kind, device| {
        let mode = Mode::from_raw_mode(0o640);
        rustix::fs::mknodat(CWD, at.join(name), kind, mode, device)
    };
    make("fifo", FileType::Fifo, 0)?;
    make("socket", FileType::Socket, 0)?;
    fs::hard_link(at.join("fifo"), at.join("fifo, again"))?;
    if is_root() {
        make("character", FileType::CharacterDevice, rustix::fs::makedev(1, 3))?;
        make("block", FileType::BlockDevice, rustix::fs::makedev(240, 70_000))?;
    }
    Ok(())
}

fn owners(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    for (user, group) in [(0, 1_000), (1_000, 0), (65_534, 65_534), (4_000_000_000, 4_000_000_001)]
    {
        let file = at.join(format!("file-{user}-{group}"));
        fs::write(&file, "content")?;
        chown(&file, Some(user), Some(group))?;
        set_mode(&file, 0o6755)?;
        let directory = at.join(format!("directory-{user}-{group}"));
        fs::create_dir(&directory)?;
        fs::write(directory.join("inside"), "of root")?;
        chown(&directory, Some(user), Some(group))?;
        let link = at.join(format!("link-{user}-{group}"));
        symlink("nowhere", &link)?;
        lchown(&link, Some(user), Some(group))?;
    }
    Ok(())
}

fn times(at: &Path) -> io::Result<()> {
    fs::create_dir(at)?;
    let odd =
        [(-1_000_000_000, 1), (-1, 999_999_999), (0, 0), (1, 1), (4_294_967_296, 999_999_999)];
    for (seconds, nanoseconds) in odd {
        let file = at.join(format!("file-{seconds}"));
        fs::write(&file, "content")?;
        let link = at.join(format!("link-{seconds}"));
        symlink("nowhere", &link)?;
        let directory = at.join(format!("directory-{seconds}"));
        fs::create_dir(&directory)?;
        fs::write(directory.join("inside"), "inside")?;
        for path in [&file, &link, &directory.join("inside"), &directory] {
            stamp(path, seconds, nanoseconds)?;
        }
    }
    stamp(at, 1_000_000_000, 1)
}

/// A chain of directories whose path is longer than PATH_MAX, with a file, a symbolic link
/// and a second name of the file at its end.
fn deep(top: &Path) -> io::Result<()> {
    const DEPTH: usize = 24;
    let mut chain: Vec<(OwnedFd, Vec<u8>)> = Vec::new();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut here = rustix::fs::open(top, flags, Mode::empty())?;
    for level in 0..DEPTH {
        let mut name = format!("deep {level:02} ").into_bytes();
        name.resize(200, b'd');
        rustix::fs::mkdirat(&here, name.as_slice(), Mode::from_raw_mode(0o750))?;
        let next = rustix::fs::openat(&here, name.as_slice(), flags, Mode::empty())?;
        chain.push((std::mem::replace(&mut here, next), name));
    }
    let create = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&here, "file", create, Mode::from_raw_mode(0o640))?;
    File::from(file).write_all_at(&Dice::new(4).bytes(9_000), 0)?;
    rustix::fs::symlinkat("file", &here, "link")?;
    rustix::fs::linkat(&here, "file", &here, "other name", AtFlags::empty())?;
    let times = times_of(1_250_000_000, 250_000_001);
    for name in ["file", "link"] {
        rustix::fs::utimensat(&here, name, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    for (parent, name) in chain.iter().rev() {
        rustix::fs::utimensat(parent, name.as_slice(), &times, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// Gives everything so far a time of its own, directories after what is in them.
fn settle(top: &Path) -> io::Result<()> {
    for (number, path) in below(top)?.iter().enumerate().rev() {
        let number = number as i64;
        stamp(path, 1_300_000_000 + number * 1_000, (number * 7_654_321) % 1_000_000_000)?;
    }
    Ok(())
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judges;

    #[test]
    fn everything_is_the_same_whenever_it_is_built() {
        let top = tempfile::tempdir().expect("a temporary directory");
        let sides = ["lower", "upper"].map(|side| top.path().join(side));
        for side in &sides {
            fs::create_dir(side).expect("a side");
            build_everything(side).expect("everything");
        }
        assert_eq!(judges::judge(&sides[0], &sides[1]), Ok(()));
    }
}
