//! The trees that are copied: the same bytes every time.

use crate::Result;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const BLOCK: usize = 1 << 20;

/// What a case copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// 50,000 files of 4 KiB in 500 directories.
    Small,
    /// 8 files of 512 MiB.
    Large,
    /// 500,000 empty files in 2,550 directories, two levels deep.
    HalfMillion,
    /// 1,000,000 empty files in the same.
    Million,
    /// The sources of the packages that cargo has on this machine.
    Sources,
}

impl Tree {
    /// In words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Tree::Small => "50,000 files of 4 KiB in 500 directories",
            Tree::Large => "8 files of 512 MiB",
            Tree::HalfMillion => "500,000 empty files in 2,550 directories",
            Tree::Million => "1,000,000 empty files in 2,550 directories",
            Tree::Sources => "the sources of cargo's registry",
        }
    }

    /// Bytes and inodes that one copy takes.
    ///
    /// # Errors
    /// When the sources cannot be measured.
    pub(crate) fn size(self) -> Result<(u64, u64)> {
        Ok(match self {
            Tree::Small => (50_000 * 4_096, 50_501),
            Tree::Large => (8 * (512 << 20), 9),
            Tree::HalfMillion => (0, 500_000 + 2_551),
            Tree::Million => (0, 1_000_000 + 2_551),
            Tree::Sources => (disk_usage(&sources()?)?, 200_000),
        })
    }

    /// Builds the tree at `top`, which does not exist yet.
    ///
    /// # Errors
    /// When the file system refuses it.
    pub(crate) fn build(self, top: &Path) -> Result<()> {
        match self {
            Tree::Small => small(top),
            Tree::Large => large(top),
            Tree::HalfMillion => empty(top, 500_000),
            Tree::Million => empty(top, 1_000_000),
            Tree::Sources => {
                let from = sources()?;
                crate::process::run(Command::new("cp").arg("-a").args([from.as_path(), top]))
            }
        }
    }
}

fn small(top: &Path) -> Result<()> {
    let block = block();
    for directory in 0..500 {
        let directory_path = top.join(format!("directory-{directory:03}"));
        fs::create_dir_all(&directory_path)?;
        for file in 0..100 {
            let offset = (directory * 100 + file) * 13;
            fs::write(directory_path.join(format!("file-{file:02}")), &block[offset..][..4_096])?;
        }
    }
    Ok(())
}

fn large(top: &Path) -> Result<()> {
    fs::create_dir_all(top)?;
    let mut block = block();
    for number in 0..8u64 {
        let mut file = File::create(top.join(format!("file-{number}")))?;
        for part in 0..512u64 {
            block[..8].copy_from_slice(&(number << 32 | part).to_le_bytes());
            file.write_all(&block)?;
        }
    }
    Ok(())
}

fn empty(top: &Path, files: u64) -> Result<()> {
    const LEAVES: u64 = 2_500;
    for leaf in 0..LEAVES {
        let directory = top.join(format!("a{:02}/b{:02}", leaf / 50, leaf % 50));
        fs::create_dir_all(&directory)?;
        for file in 0..files / LEAVES {
            File::create(directory.join(format!("file-{file:04}")))?;
        }
    }
    Ok(())
}

/// A mebibyte that does not compress.
fn block() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut block = Vec::with_capacity(BLOCK);
    while block.len() < BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend_from_slice(&state.to_le_bytes());
    }
    block
}

fn sources() -> Result<PathBuf> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(std::env::var_os("HOME").ok_or("HOME is not set")?).join(".cargo"),
    };
    Ok(home.join("registry/src"))
}

fn disk_usage(path: &Path) -> Result<u64> {
    let mut du = Command::new("du");
    let text = crate::process::output(du.args(["-s", "--block-size=1"]).arg(path))?;
    Ok(text.split_whitespace().next().ok_or("du says nothing")?.parse()?)
}
