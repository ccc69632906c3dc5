//! The files of the STORAGE stage: put to LOWER over several connections by our own client,
//! which Hadoop's shell would take minutes for. Nobody's time counts here.

use super::filling::{KEY, value};
use super::parallel::in_parallel;
use super::{Bench, CONNECTIONS, Result, Sizes, USER};
use crate::services::lower::LowerStack;
use crate::services::upper::UpperStack;
use boatlift_core::facets::{Facets, Kind};
use boatlift_core::key::Key;
use boatlift_core::store::Store;
use boatlift_stores::{HdfsOptions, HdfsStore, HdfsUrl};

impl Bench {
    /// Puts the files of every partition below a directory of LOWER's HDFS, which is missing.
    ///
    /// # Errors
    /// When HDFS refuses them.
    pub(super) fn put_files(&self, lower: &LowerStack, directory: &str) -> Result<()> {
        eprintln!("putting {} files to LOWER", self.sizes.stored_files());
        let directories = self.sizes.directories().map(|name| format!("{directory}/{name}"));
        let directories: Vec<String> = directories.collect();
        let mut make = vec!["-mkdir", "-p"];
        make.extend(directories.iter().map(String::as_str));
        lower.hdfs(&[&make])?;
        let url = HdfsUrl::parse(&format!("{}{directory}", lower.hdfs_url()))?;
        let options = HdfsOptions { user: Some(USER.to_owned()), ..HdfsOptions::default() };
        let store = HdfsStore::open(&url, &options)?;
        let facets = Facets::of(Kind::File);
        let put = |(key, seed): &(String, usize)| {
            let rows = rows(*seed, self.sizes.file_bytes);
            Ok(store.write(Key::checked(key.as_bytes())?, &facets, &mut rows.as_slice())?)
        };
        in_parallel(CONNECTIONS, &self.sizes.keys(), || Ok(()), |(), file| put(file))?;
        lower.hdfs(&[&["-chmod", "-R", "777", directory]])?;
        Ok(())
    }
}

impl Sizes {
    /// How many files the STORAGE stage carries.
    pub(super) fn stored_files(&self) -> usize {
        self.stored_partitions * self.files
    }

    /// The directories of the partitions, below the table's.
    fn directories(&self) -> impl Iterator<Item = String> {
        (0..self.stored_partitions).map(|partition| format!("{KEY}={}", value(partition)))
    }

    /// The files below the table's directory, each with a number of its own.
    fn keys(&self) -> Vec<(String, usize)> {
        let of = |directory: String| {
            (0..self.files).map(move |file| format!("{directory}/part-{file:05}"))
        };
        self.directories().flat_map(of).zip(0..).collect()
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
