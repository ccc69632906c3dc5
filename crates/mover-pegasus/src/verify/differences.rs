//! The list of what differs, a file for each partition, in the move's state.

use super::merge::Kind;
use boatlift_clients::pegasus::Key;
use boatlift_core::error::{Code, Error, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder of the lists.
const FOLDER: &str = "differences";

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Its key in one piece.
    pub(crate) key: Vec<u8>,
    pub(crate) kind: Kind,
}

/// The list of a partition.
pub(crate) struct Differences {
    /// Nothing is kept without a state directory.
    path: Option<PathBuf>,
}

impl Differences {
    pub(crate) fn of(state: Option<&Path>, table: &str, partition: u32) -> Differences {
        let name = format!("{table}-{partition:05}.csv");
        Differences { path: state.map(|state| state.join(FOLDER).join(name)) }
    }

    /// Writes the list in place of an older one, or takes that away; tells where it is.
    pub(crate) fn write(&self, differences: &[Difference]) -> Result<String> {
        let Some(path) = &self.path else { return Ok("they are not listed".to_owned()) };
        let unwritable =
            |error| Error::new(Code::StateIo, "cannot write").on(path.display()).because(error);
        if differences.is_empty() {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(unwritable(error))
                }
                _ => Ok(String::new()),
            };
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let new = path.with_extension("csv.new");
        std::fs::write(&new, text(differences)).map_err(unwritable)?;
        std::fs::rename(&new, path).map_err(unwritable)?;
        Ok(format!("listed in {}", path.display()))
    }
}

/// Keys may hold any byte: they are written as Pegasus' shell escapes them, in quotes.
fn text(differences: &[Difference]) -> String {
    let mut text = "difference,hash key,sort key\n".to_owned();
    for Difference { key, kind } in differences {
        let parts = match Key::from_blob(key) {
            Ok(key) => [escaped(key.hash_key()), escaped(key.sort_key())],
            Err(_) => [escaped(key), String::new()],
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{},\"{}\",\"{}\"", kind.word(), parts[0], parts[1]);
    }
    text
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\"\""),
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7e => text.push(char::from(*byte)),
            byte => {
                let _ = write!(text, "\\x{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_replaced_and_taken_away() {
        let state = tempfile::tempdir().expect("a directory");
        let differences = Differences::of(Some(state.path()), "orders", 3);
        let key = Key::new(b"a\"b".to_vec(), b"\x00\\".to_vec()).expect("a key").to_blob().0;
        let one = [Difference { key, kind: Kind::Missing }];
        let place = differences.write(&one).expect("written");
        let path = state.path().join("differences/orders-00003.csv");
        assert_eq!(place, format!("listed in {}", path.display()));
        let text = std::fs::read_to_string(&path).expect("there");
        let row = "missing on UPPER,\"a\"\"b\",\"\\x00\\\\\"\n";
        assert_eq!(text, format!("difference,hash key,sort key\n{row}"));
        differences.write(&[]).expect("taken away");
        assert!(!path.exists());
        differences.write(&[]).expect("nothing to take away");
    }
}
