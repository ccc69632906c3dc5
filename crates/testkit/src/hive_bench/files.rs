//! The files of the STORAGE stage: written here, put to LOWER by Hadoop's own client.

use super::filling::{KEY, value};
use super::{Bench, Result, Sizes};
use crate::services::lower::LowerStack;
use crate::services::upper::UpperStack;
use std::fs;
use std::path::Path;

impl Bench {
    /// Puts the files of every partition below a directory of LOWER's HDFS, which is missing.
    ///
    /// # Errors
    /// When there is no room here, and when HDFS refuses them.
    pub(super) fn put_files(&self, lower: &LowerStack, directory: &str) -> Result<()> {
        let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
        let top = home.path().join("table");
        self.sizes.write_files(&top)?;
        let (from, to) = (top.display().to_string(), directory);
        eprintln!("putting {} files to LOWER", self.sizes.stored_files());
        lower.hdfs(&[&["-put", &from, to], &["-chmod", "-R", "777", to]])?;
        Ok(())
    }
}

impl Sizes {
    /// How many files the STORAGE stage carries.
    pub(super) fn stored_files(&self) -> usize {
        self.stored_partitions * self.files
    }

    fn write_files(&self, top: &Path) -> Result<()> {
        for partition in 0..self.stored_partitions {
            let directory = top.join(format!("{KEY}={}", value(partition)));
            fs::create_dir_all(&directory)?;
            for file in 0..self.files {
                let name = format!("part-{file:05}");
                let rows = rows(partition * self.files + file, self.file_bytes);
                fs::write(directory.join(name), rows)?;
            }
        }
        Ok(())
    }
}

/// Rows of text that differ from file to file.
fn rows(seed: usize, bytes: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut rows = Vec::with_capacity(bytes + 64);
    while rows.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        rows.extend_from_slice(format!("{state}\u{1}customer {}\n", state % 1_000).as_bytes());
    }
    rows.truncate(bytes);
    rows
}

/// How many files lie below a directory of UPPER's HDFS, by Hadoop's own client.
///
/// # Errors
/// When there is no such directory.
pub(super) fn count(upper: &UpperStack, directory: &str) -> Result<usize> {
    let told = upper.hdfs(&[&["-count", directory]])?;
    let count = told.lines().find_map(|line| line.split_whitespace().nth(1)?.parse().ok());
    count.ok_or_else(|| format!("hdfs -count says `{told}`").into())
}
