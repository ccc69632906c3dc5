//! What a side holds at a place: a fingerprint of its files.

use crate::data::{Place, files_of};
use boatlift_core::error::{Code, Result};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::lane::Pace;
use boatlift_core::page::Entry;
use boatlift_core::side::Side;
use boatlift_core::store::Opener;

/// The files of a place on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The fingerprint, as facets.
    facets: Vec<u8>,
    /// Number of files.
    files: u64,
    /// Bytes of all files.
    bytes: u64,
}

impl Held {
    /// A place where nothing is.
    pub(crate) fn nothing() -> Held {
        Gathered::new().held()
    }

    pub(super) fn facets(&self) -> FacetsRef<'_> {
        FacetsRef::checked(&self.facets).expect("they were encoded here")
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether there is any file.
    pub(super) fn has_files(&self) -> bool {
        self.files > 0
    }

    /// Whether there can be a row: a file without bytes has none in any format.
    pub(super) fn has_rows(&self) -> bool {
        self.bytes > 0
    }

    /// Whether an agreement speaks of these files.
    pub(crate) fn is(&self, agreed: Option<FacetsRef<'_>>) -> bool {
        agreed.is_some_and(|agreed| agreed.as_bytes() == self.facets)
    }
}

/// Looks at the files of a place; `None` when there is no such directory.
///
/// # Errors
/// When a part of it cannot be listed.
pub(crate) fn held(
    side: Side,
    opener: &dyn Opener,
    place: &Place,
    pace: &dyn Pace,
) -> Result<Option<Held>> {
    match opener.open(place.on(side)).and_then(|store| store.facts()) {
        Ok(_) => {}
        Err(error) if error.code == Code::RootMissing => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut gathered = Gathered::new();
    files_of(side, opener, place, pace, &mut |entry| {
        if let Some(facets) = entry.lower.or(entry.upper) {
            gathered.add(entry.key.as_bytes(), facets);
        }
    })?;
    Ok(Some(gathered.held()))
}

/// Whether an entry of AGREED says that LOWER held any file at a place.
pub(super) fn is_any(entry: &Entry<'_>) -> bool {
    entry.lower.is_some() && !Held::nothing().is(entry.lower)
}

/// Files on their way into a fingerprint.
struct Gathered {
    hasher: blake3::Hasher,
    files: u64,
    bytes: u64,
}

impl Gathered {
    fn new() -> Self {
        Gathered { hasher: blake3::Hasher::new(), files: 0, bytes: 0 }
    }

    /// Takes name, size and time of a file. Directories hold no rows.
    fn add(&mut self, key: &[u8], facets: FacetsRef<'_>) {
        if facets.kind() == Kind::Directory {
            return;
        }
        let size = facets.size().unwrap_or_default();
        let time = facets.decode().mtime.unwrap_or_default();
        self.hasher.update(&(key.len() as u64).to_le_bytes());
        self.hasher.update(key);
        self.hasher.update(&size.to_le_bytes());
        self.hasher.update(&time.seconds.to_le_bytes());
        self.hasher.update(&time.nanoseconds.to_le_bytes());
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
    }

    fn held(self) -> Held {
        let fingerprint = self.hasher.finalize();
        // Where a link would point: that one side has it and the other has not is a difference,
        // so that an agreement on files is none on rows.
        let target = Some(fingerprint.as_bytes().as_slice());
        let mut facets = Vec::new();
        Facets { target, ..Facets::of(Kind::Directory) }.encode(&mut facets);
        Held { facets, files: self.files, bytes: self.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::compare::{Agreed, Comparison, Verdict, compare};
    use boatlift_core::facets::Timestamp;

    fn of(files: &[(&str, u64, i64)]) -> Held {
        let mut gathered = Gathered::new();
        for (name, size, seconds) in files {
            let mtime = Some(Timestamp { seconds: *seconds, nanoseconds: 0 });
            let mut out = Vec::new();
            Facets { size: Some(*size), mtime, ..Facets::of(Kind::File) }.encode(&mut out);
            gathered.add(name.as_bytes(), FacetsRef::checked(&out).expect("facets"));
        }
        gathered.held()
    }

    #[test]
    fn name_size_and_time_of_every_file_count() {
        let one = of(&[("a", 1, 1), ("b", 2, 2)]);
        assert_eq!(one, of(&[("a", 1, 1), ("b", 2, 2)]));
        for other in [
            of(&[("a", 1, 1)]),
            of(&[("a", 1, 1), ("c", 2, 2)]),
            of(&[("a", 1, 1), ("b", 3, 2)]),
            of(&[("a", 1, 1), ("b", 2, 3)]),
        ] {
            assert_ne!(one.facets, other.facets);
            assert!(!one.is(Some(other.facets())));
        }
        assert!(one.has_rows() && of(&[("_SUCCESS", 0, 1)]).has_files());
        assert!(!of(&[("_SUCCESS", 0, 1)]).has_rows() && !Held::nothing().has_files());
    }

    #[test]
    fn a_place_held_something_where_there_were_files() {
        let agreed = |lower: &Held| {
            let entry = Entry::new(boatlift_core::Key::new(b"d/t/"));
            is_any(&Entry { lower: Some(lower.facets()), ..entry })
        };
        assert!(agreed(&of(&[("a", 1, 1)])));
        assert!(!agreed(&Held::nothing()));
    }

    #[test]
    fn an_agreement_on_files_is_none_on_rows() {
        let mut directory = Vec::new();
        Facets::of(Kind::Directory).encode(&mut directory);
        let files = FacetsRef::checked(&directory).expect("facets");
        let (lower, upper) = (of(&[("a", 1, 1)]), of(&[("b", 1, 1)]));
        let verdict = |agreed| {
            let how = Comparison::default();
            compare(Some(lower.facets()), Some(agreed), Some(upper.facets()), how)
        };
        let copied = Agreed { lower: files, upper: Some(files) };
        assert_eq!(verdict(copied), Some(Verdict::Conflict));
        let carried = Agreed { lower: lower.facets(), upper: Some(upper.facets()) };
        assert_eq!(verdict(carried), Some(Verdict::Same));
        let older = of(&[]);
        let changed = Agreed { lower: older.facets(), upper: Some(upper.facets()) };
        assert_eq!(verdict(changed), Some(Verdict::Changed));
        let drifted = Agreed { lower: lower.facets(), upper: Some(older.facets()) };
        assert_eq!(verdict(drifted), Some(Verdict::Drifted));
    }
}
