//! The reports that the External Object Replicator's users know, as valid CSV: its names and
//! its first five columns, then what it never told.

use crate::harvest::{Kept, Row, Standing};
use crate::layout::Family;
use crate::place::Place;
use boatlift_core::{Code, Error, Result};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The first five are the reference's.
const COLUMNS: [&str; 10] = [
    "Source Location",
    "Destination Location",
    "Size",
    "Etag",
    "Last Modified Date",
    "Status",
    "Reason",
    "Version",
    "Content",
    "Statements",
];

/// How the folders of the lists are spelled: the External Object Replicator's documentation and its
/// code do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lists {
    /// `Spectrumfiles/`, as its documentation has it.
    #[default]
    AsDocumented,
    /// `spectrumfiles/`, as its code has it.
    LowerCase,
}

impl Lists {
    /// Where the list of a family lies below a reports directory, and below the target.
    #[must_use]
    pub fn file_of(self, family: Family) -> &'static str {
        match (family, self) {
            (Family::Copy, _) => "copyfiles/Final_Copy_Objects.csv",
            (Family::Spectrum, Lists::AsDocumented) => {
                "Spectrumfiles/Spectrum_objects_copy_report.csv"
            }
            (Family::Spectrum, Lists::LowerCase) => {
                "spectrumfiles/Spectrum_objects_copy_report.csv"
            }
            (Family::Unload, _) => "unloadfiles/Unload_objects_copy_report.csv",
        }
    }
}

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became<'a> {
    /// It is cloned, and the receipt says so.
    Cloned,
    /// It was left out on purpose, and why, where that is known.
    LeftOut(Option<&'a str>),
    /// It is not, and why, where that is known.
    Not(Option<&'a str>),
}

/// The reports of a move, one file for each family that has objects.
#[derive(Debug)]
pub struct Reports {
    directory: PathBuf,
    target: Place,
    lists: Lists,
    files: Vec<(Family, csv::Writer<File>)>,
}

impl Reports {
    /// Begins reports below a directory, of clones that lie at `target`.
    #[must_use]
    pub fn new(directory: &Path, target: Place, lists: Lists) -> Reports {
        Reports { directory: directory.to_owned(), target, lists, files: Vec::new() }
    }

    /// Adds an object that this many statements touched.
    ///
    /// # Errors
    /// [`Code::StateIo`] when the file cannot be written.
    pub fn add(&mut self, row: &Row, touches: u64, became: Became<'_>) -> Result<()> {
        let family = row.candidate.family;
        let line = self.line(row, touches, became);
        let path = self.directory.join(self.lists.file_of(family));
        let written = self.file(family, &path).and_then(|file| file.write_record(&line));
        written.map_err(|error| unwritable(&path, &error))
    }

    /// Ends the reports, and tells of which families there are some, and where.
    ///
    /// # Errors
    /// [`Code::StateIo`] when a file cannot be written.
    pub fn finish(self) -> Result<Vec<(Family, PathBuf)>> {
        let mut written = Vec::new();
        for (family, mut file) in self.files {
            let path = self.directory.join(self.lists.file_of(family));
            file.flush().map_err(|error| unwritable(&path, &error))?;
            written.push((family, path));
        }
        Ok(written)
    }

    fn file(&mut self, family: Family, path: &Path) -> csv::Result<&mut csv::Writer<File>> {
        let at = match self.files.iter().position(|(of, _)| *of == family) {
            Some(at) => at,
            None => {
                if let Some(above) = path.parent() {
                    std::fs::create_dir_all(above)?;
                }
                let mut file = csv::Writer::from_path(path)?;
                file.write_record(COLUMNS)?;
                self.files.push((family, file));
                self.files.len() - 1
            }
        };
        Ok(&mut self.files[at].1)
    }

    fn line(&self, row: &Row, touches: u64, became: Became<'_>) -> [String; 10] {
        let kept = match &row.standing {
            Some(Standing::There(kept)) => Some(kept),
            _ => None,
        };
        let told = |tell: fn(&Kept) -> Option<String>| kept.and_then(tell).unwrap_or_default();
        let (status, reason) = match became {
            Became::Cloned => ("cloned", String::new()),
            Became::LeftOut(reason) => ("left out", reason.unwrap_or_default().to_owned()),
            Became::Not(reason) => {
                let own = row.standing.as_ref().filter(|_| kept.is_none());
                let own = own.map(ToString::to_string);
                ("not cloned", own.or(reason.map(str::to_owned)).unwrap_or_default())
            }
        };
        let clone = Place::new(&*self.target.bucket, format!("{}{}", self.target.key, row.below));
        [
            row.candidate.place.to_string(),
            clone.to_string(),
            told(|kept| Some(kept.size.to_string())),
            told(|kept| Some(kept.etag.clone())),
            told(|kept| Some(Timestamp::from_second(kept.modified?).ok()?.to_string())),
            status.to_owned(),
            reason,
            told(|kept| kept.version.clone()),
            told(|kept| Some(kept.pin.to_string())),
            touches.to_string(),
        ]
    }
}

fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(Code::StateIo, "cannot write the report").on(path.display()).because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::{Candidate, Extent, Pin, Role};

    fn row(key: &str, standing: Standing) -> Row {
        Row {
            candidate: Candidate {
                family: Family::Copy,
                role: Role::Data,
                place: Place::new("b", key),
                extent: Extent::Object,
                at: Timestamp::UNIX_EPOCH,
                known: None,
            },
            below: format!("copyfiles/b/{key}"),
            standing: Some(standing),
        }
    }

    #[test]
    fn keys_with_commas_quotes_and_newlines_come_back_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut reports = Reports::new(directory.path(), Place::new("t", "p/"), Lists::default());
        let odd = "=1,\"a\"\nb";
        let kept = Kept {
            size: 3,
            etag: "e".into(),
            version: Some("v".into()),
            modified: Some(0),
            class: None,
            pin: Pin::Exact,
        };
        reports.add(&row(odd, Standing::There(kept)), 2, Became::Cloned).expect("a line");
        reports.add(&row("gone", Standing::Missing), 1, Became::Not(None)).expect("a line");
        let files = reports.finish().expect("files");
        let expected = directory.path().join("copyfiles/Final_Copy_Objects.csv");
        assert_eq!(files, [(Family::Copy, expected)]);
        let mut read = csv::Reader::from_path(&files[0].1).expect("a report");
        let lines: Vec<csv::StringRecord> = read.records().map(|l| l.expect("a line")).collect();
        let cloned = format!("s3://b/{odd}");
        assert_eq!(lines[0].get(0), Some(cloned.as_str()));
        assert_eq!(lines[0].get(4), Some("1970-01-01T00:00:00Z"));
        assert_eq!(lines[0].get(5), Some("cloned"));
        assert_eq!(
            (lines[1].get(5), lines[1].get(6)),
            (Some("not cloned"), Some("object not found"))
        );
    }
}
