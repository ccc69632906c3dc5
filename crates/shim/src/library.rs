//! The library as bytes, and where it is put.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// `libboatlift_shim.so`, for the machine that this program was built for.
pub const LIBRARY: &[u8] = include_bytes!(env!("BOATLIFT_SHIM_LIBRARY"));

/// The name of the library's file. It holds a digest of the content: a file that jobs have
/// mapped is never written over.
#[must_use]
pub fn file_name() -> String {
    let digest = blake3::hash(LIBRARY).to_hex();
    format!("libboatlift_shim-{}-{}.so", env!("CARGO_PKG_VERSION"), &digest[..12])
}

/// Puts the library into `directory`, which is made where it is missing, and tells its path.
/// Doing it twice changes nothing.
///
/// # Errors
/// When the file cannot be written, or when its path has a space or a colon, which
/// `LD_PRELOAD` cannot name.
pub fn install(directory: &Path) -> io::Result<PathBuf> {
    let path = directory.join(file_name());
    let text = path.as_os_str().as_encoded_bytes();
    if !path.is_absolute() || text.iter().any(|byte| b" :\t\n'\"\\$`".contains(byte)) {
        let reason = "LD_PRELOAD takes absolute paths without spaces, colons and quotes only";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    if fs::read(&path).is_ok_and(|there| there == LIBRARY) {
        return Ok(path);
    }
    fs::create_dir_all(directory)?;
    let new = directory.join(format!(".{}.{}", file_name(), std::process::id()));
    let written = write(&new).and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&new);
    }
    written.map(|()| path)
}

fn write(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    let mut file = options.write(true).create(true).truncate(true).mode(0o755).open(path)?;
    file.write_all(LIBRARY)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_put_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let lib = directory.path().join("a/lib");
        let path = install(&lib).expect("installed");
        assert_eq!(fs::read(&path).expect("the library"), LIBRARY);
        assert_eq!(install(&lib).expect("installed again"), path);
        assert_eq!(fs::read_dir(&lib).expect("listed").count(), 1);
    }

    #[test]
    fn a_path_that_the_loader_would_split_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["a b", "a:b", "a'b"] {
            let refused = install(&directory.path().join(name)).expect_err("refused");
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert!(install(Path::new("lib")).is_err());
    }
}
