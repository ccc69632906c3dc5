//! What the pieces of a manifest mean: its urls and its entries.

use super::error::{ManifestError, Packing};
use super::pieces::{Piece, Pieces};
use crate::place::Place;
use std::io::BufRead;

/// One file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the manifest, from 1.
    pub number: u64,
    /// Where the file is.
    pub place: Place,
    /// Whether COPY fails when it is missing.
    pub necessity: Necessity,
    /// `meta.content_length`: its length in bytes, as who wrote the manifest knew it.
    pub content_length: Option<u64>,
}

/// Whether COPY fails when a file is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Necessity {
    /// `"mandatory": true`.
    Mandatory,
    /// It goes on without; also when the manifest does not say.
    Optional,
}

/// What a manifest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It lists files.
    Files,
    /// It lists files, and UNLOAD wrote it.
    Unloaded,
    /// It lists hosts and commands for COPY from SSH, and no file.
    Hosts,
}

/// A whole manifest in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// What it is.
    pub kind: Kind,
    /// How many entries it has.
    pub entries: u64,
}

/// What a piece means.
pub(super) enum Meaning {
    /// Nothing that matters here.
    Text,
    /// The place that an entry names.
    Url(Place),
    /// An entry is complete.
    Entry(Entry),
}

/// What is known of the entry that the walk is in.
#[derive(Default)]
struct Draft {
    place: Option<Place>,
    host: bool,
    mandatory: Option<bool>,
    content_length: Option<u64>,
}

/// A walk through a manifest.
pub(super) struct Walk<'a, R> {
    pieces: Pieces<R>,
    own: &'a Place,
    /// The member that the walk is in, of every open object; empty for a list.
    path: Vec<String>,
    draft: Draft,
    entries: u64,
    kind: Option<Kind>,
    unloaded: bool,
    listed: bool,
}

impl<'a, R: BufRead> Walk<'a, R> {
    pub(super) fn new(input: R, own: &'a Place, limit: u64) -> Result<Self, ManifestError> {
        let mut pieces = Pieces::new(input, limit);
        if let Some(packing) = Packing::of(pieces.beginning()?) {
            return Err(ManifestError::Packed(packing));
        }
        Ok(Walk {
            pieces,
            own,
            path: Vec::new(),
            draft: Draft::default(),
            entries: 0,
            kind: None,
            unloaded: false,
            listed: false,
        })
    }

    /// The next piece's bytes and what they mean.
    pub(super) fn next(&mut self) -> Result<Option<(&[u8], Meaning)>, ManifestError> {
        let Some(piece) = self.pieces.next()? else { return Ok(None) };
        let meaning = match piece {
            Piece::Blank | Piece::Colon | Piece::Comma => Meaning::Text,
            Piece::Name => {
                self.name()?;
                Meaning::Text
            }
            Piece::OpenObject | Piece::OpenArray => {
                self.open(piece)?;
                Meaning::Text
            }
            Piece::CloseObject | Piece::CloseArray => self.close()?,
            Piece::Text | Piece::Scalar => self.value(piece)?,
        };
        Ok(Some((self.pieces.raw(), meaning)))
    }

    /// The summary, once the walk has ended.
    pub(super) fn finish(self) -> Result<Summary, ManifestError> {
        if !self.listed {
            return Err(self.pieces.broken("no list of entries"));
        }
        let kind = match self.kind {
            Some(Kind::Hosts) => Kind::Hosts,
            _ if self.unloaded => Kind::Unloaded,
            _ => Kind::Files,
        };
        Ok(Summary { kind, entries: self.entries })
    }

    fn is_at(&self, path: &[&str]) -> bool {
        self.path.iter().map(String::as_str).eq(path.iter().copied())
    }

    fn name(&mut self) -> Result<(), ManifestError> {
        let name = self.pieces.string()?;
        if let Some(last) = self.path.last_mut() {
            *last = name;
        }
        self.unloaded |= self.is_at(&["schema"])
            || self.is_at(&["meta"])
            || self.is_at(&["entries", "", "meta", "record_count"]);
        Ok(())
    }

    fn open(&mut self, piece: Piece) -> Result<(), ManifestError> {
        let object = piece == Piece::OpenObject;
        if self.path.is_empty() && !object {
            return Err(self.pieces.broken("no object"));
        }
        if self.is_at(&["entries"]) {
            if object || self.listed {
                return Err(self.pieces.broken("entries that are not one list"));
            }
            self.listed = true;
        }
        if self.is_at(&["entries", ""]) {
            if !object {
                return Err(self.pieces.broken("an entry that is no object"));
            }
            self.draft = Draft::default();
            self.entries += 1;
        }
        self.path.push(String::new());
        Ok(())
    }

    fn close(&mut self) -> Result<Meaning, ManifestError> {
        self.path.pop();
        match self.is_at(&["entries", ""]) {
            true => self.entry(),
            false => Ok(Meaning::Text),
        }
    }

    /// The entry that has just been closed.
    fn entry(&mut self) -> Result<Meaning, ManifestError> {
        let draft = std::mem::take(&mut self.draft);
        let kind = match (&draft.place, draft.host) {
            (Some(_), false) => Kind::Files,
            (None, true) => Kind::Hosts,
            (Some(_), true) => return Err(ManifestError::Mixed(self.entries)),
            (None, false) => return Err(ManifestError::NoUrl(self.entries)),
        };
        if *self.kind.get_or_insert(kind) != kind {
            return Err(ManifestError::Mixed(self.entries));
        }
        let Some(place) = draft.place else { return Ok(Meaning::Text) };
        let necessity = match draft.mandatory {
            Some(true) => Necessity::Mandatory,
            Some(false) | None => Necessity::Optional,
        };
        let content_length = draft.content_length;
        Ok(Meaning::Entry(Entry { number: self.entries, place, necessity, content_length }))
    }

    fn value(&mut self, piece: Piece) -> Result<Meaning, ManifestError> {
        if self.path.is_empty() {
            return Err(self.pieces.broken("no object"));
        }
        if self.is_at(&["entries"]) {
            return Err(self.pieces.broken("entries that are not one list"));
        }
        if self.is_at(&["entries", ""]) {
            return Err(self.pieces.broken("an entry that is no object"));
        }
        if self.is_at(&["entries", "", "url"]) {
            return self.url(piece);
        }
        if self.is_at(&["entries", "", "endpoint"]) {
            self.draft.host = true;
        }
        if self.is_at(&["entries", "", "mandatory"]) {
            let mandatory = serde_json::from_slice(self.pieces.raw());
            let why = "mandatory that is neither true nor false";
            self.draft.mandatory = Some(mandatory.map_err(|_| self.pieces.broken(why))?);
        }
        if self.is_at(&["entries", "", "meta", "content_length"]) {
            let length = serde_json::from_slice(self.pieces.raw());
            let why = "content_length that is no number of bytes";
            self.draft.content_length = Some(length.map_err(|_| self.pieces.broken(why))?);
        }
        Ok(Meaning::Text)
    }

    fn url(&mut self, piece: Piece) -> Result<Meaning, ManifestError> {
        if piece != Piece::Text {
            return Err(ManifestError::NotS3(self.entries));
        }
        let url = self.pieces.string()?;
        let place = Place::parse(&url).map_err(|_| ManifestError::NotS3(self.entries))?;
        if place == *self.own {
            return Err(ManifestError::NamesItself(self.entries));
        }
        if self.draft.place.replace(place.clone()).is_some() {
            return Err(self.pieces.broken("a second url in one entry"));
        }
        Ok(Meaning::Url(place))
    }
}
