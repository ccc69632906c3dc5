//! Versity's gateway over a folder in memory, filled and emptied below its feet.
//!
//! A sample object goes in by the protocol; the others are copies of its file with the
//! attributes in which the gateway keeps entity tag, type and checksum. So LOWER has as many
//! objects as are asked for within seconds.

use crate::bench::Result;
use crate::services::s3::S3Endpoint;
use crate::services::versitygw::{Versitygw, VersitygwOptions};
use rustix::fs::{XattrFlags, getxattr, setxattr};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where a system keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// In which attributes the gateway keeps what it knows of an object.
const ATTRIBUTES: [&str; 3] = ["user.etag", "user.content-type", "user.checksums"];
/// The most bytes of one of them.
const MOST_BYTES: usize = 4096;
/// Objects of one folder of keys.
const PER_FOLDER: usize = 1_000;
/// What the gateway keeps in a bucket for itself: uploads by parts.
const OWN: &str = ".sgwtmp";

/// A gateway, and the folder of its buckets.
pub(super) struct Gateway {
    server: Versitygw,
    home: TempDir,
}

impl Gateway {
    /// Starts one with these buckets, all empty.
    pub(super) fn start(buckets: &[&str]) -> Result<Gateway> {
        let place = match Path::new(MEMORY).is_dir() {
            true => PathBuf::from(MEMORY),
            false => std::env::temp_dir(),
        };
        let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir_in(place)?;
        let directory = Some(home.path().to_path_buf());
        let server = Versitygw::start(&VersitygwOptions { directory, ..Default::default() })?;
        for bucket in buckets {
            server.endpoint().make_bucket(bucket)?;
        }
        Ok(Gateway { server, home })
    }

    pub(super) fn endpoint(&self) -> &S3Endpoint {
        self.server.endpoint()
    }

    /// Puts `count` objects of `bytes` bytes into a bucket, a thousand in each folder.
    pub(super) fn fill(&self, bucket: &str, count: usize, bytes: usize) -> Result<()> {
        eprintln!("filling {bucket} with {count} objects of {bytes} bytes");
        let content = "0123456789abcdef".repeat(bytes.div_ceil(16));
        let endpoint = self.endpoint();
        endpoint.call(
            &endpoint.owner,
            "PUT",
            &format!("{bucket}/sample"),
            Some(&content[..bytes]),
        )?;
        let sample = self.folder(bucket).join("sample");
        let attributes = ATTRIBUTES.map(|name| attribute(&sample, name));
        for number in 0..count {
            let folder = self.folder(bucket).join(format!("day={:04}", number / PER_FOLDER));
            if number % PER_FOLDER == 0 {
                fs::create_dir(&folder)?;
            }
            let file = folder.join(format!("part-{number:07}"));
            fs::write(&file, &content[..bytes])?;
            for (name, value) in ATTRIBUTES.iter().zip(&attributes) {
                setxattr(
                    &file,
                    *name,
                    value.as_ref().map_err(|error| *error)?,
                    XattrFlags::empty(),
                )?;
            }
        }
        Ok(fs::remove_file(sample)?)
    }

    /// Removes every object of a bucket.
    pub(super) fn empty(&self, bucket: &str) -> Result<()> {
        for entry in fs::read_dir(self.folder(bucket))? {
            let path = entry?.path();
            match path.is_dir() {
                true => fs::remove_dir_all(path)?,
                false => fs::remove_file(path)?,
            }
        }
        Ok(())
    }

    /// The keys of a bucket, each with the inode that its file has: another one when it was
    /// written again.
    pub(super) fn objects(&self, bucket: &str) -> Result<BTreeMap<String, u64>> {
        let mut found = BTreeMap::new();
        let top = self.folder(bucket);
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let (path, kind) =
                    entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
                if kind.is_dir() && !path.ends_with(OWN) {
                    folders.push(path);
                } else if kind.is_file()
                    && let Ok(facts) = fs::metadata(&path)
                {
                    let key = path.strip_prefix(&top)?.to_string_lossy().into_owned();
                    found.insert(key, facts.ino());
                }
            }
        }
        Ok(found)
    }

    /// The uploads by parts that were begun and not ended, as the server lists them.
    pub(super) fn uploads(&self, bucket: &str) -> Result<usize> {
        let endpoint = self.endpoint();
        let told = endpoint.call(&endpoint.owner, "GET", &format!("{bucket}?uploads="), None)?;
        Ok(told.matches("<UploadId>").count())
    }

    fn folder(&self, bucket: &str) -> PathBuf {
        self.home.path().join("data").join(bucket)
    }
}

fn attribute(file: &Path, name: &str) -> std::result::Result<Vec<u8>, rustix::io::Errno> {
    let mut value = vec![0; MOST_BYTES];
    let length = getxattr(file, name, &mut value[..])?;
    value.truncate(length);
    Ok(value)
}
