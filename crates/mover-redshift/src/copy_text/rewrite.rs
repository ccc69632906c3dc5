//! Writing a COPY statement anew for the places of the clones.
//!
//! Locations, the region and the proof of access change; every other byte stays, but for line
//! ends that the view wrote as `\n`, which become line ends.

use super::chunks::Completeness;
use super::literals::literal;
use super::options::{Access, Clause, Format, Held, Named};
use super::parse::{Copy, Entries, Source};
use super::redacted::Redacted;
use super::tokens::{Kind, Lines, Manner, Quote, Token, tokens};
use crate::place::Place;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a place in a COPY statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The beginning of the keys of its data.
    Prefix,
    /// The manifest of its data.
    Manifest,
    /// The manifest of hosts and commands.
    SshManifest,
    /// A JSONPaths file.
    JsonPaths,
    /// An Avro schema.
    AvroSchema,
}

/// How the new statement differs from the old.
pub struct Relocation<'a> {
    /// Where the clone of a place is; none when there is no clone.
    pub place: &'a dyn Fn(&Place, Purpose) -> Option<Place>,
    /// What is written for the role that reads the clones.
    pub role: &'a str,
    /// The region of the clones, when the new cluster must be told.
    pub region: Option<&'a str>,
}

/// A statement for the new cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Its text.
    pub text: String,
    /// What a person has to look at.
    pub notes: Vec<Note>,
}

/// What a person has to look at in a rewritten statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A place has no clone and stays as it was.
    Stays(Place),
    /// The statement held credentials; it names a role now.
    CredentialsDropped,
    /// The files are encrypted by a key that the statement held; it is left out.
    MasterKeyDropped,
    /// The statement creates a job.
    CreatesJob,
}

/// Why a statement cannot be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// It breaks off.
    #[error("its text breaks off in the system views")]
    Cut,
    /// It does not read S3.
    #[error("it does not read from S3")]
    NotS3,
}

/// Writes one statement of `text`, as [`super::statements`] found it there, anew.
///
/// # Errors
/// The statement is cut, or reads something else than S3.
pub fn rewrite(
    text: &Redacted,
    copy: &Copy,
    relocation: &Relocation<'_>,
) -> Result<Rewritten, Unwritable> {
    if copy.completeness != Completeness::Whole {
        return Err(Unwritable::Cut);
    }
    let places = places(copy)?;
    let mut edits = Edits::new(text, copy);
    for (named, purpose) in places {
        edits.place(named, (relocation.place)(&named.place, purpose));
    }
    edits.access(copy, relocation.role);
    if let Some(region) = relocation.region {
        edits.region(copy, region);
    }
    if copy.job.is_some() {
        edits.notes.push(Note::CreatesJob);
    }
    Ok(edits.write())
}

/// The places that a statement names, and what each is for.
fn places(copy: &Copy) -> Result<Vec<(&Named, Purpose)>, Unwritable> {
    let mut places = vec![match &copy.source {
        Source::S3(named, Entries::Prefix) => (named, Purpose::Prefix),
        Source::S3(named, Entries::Manifest) => (named, Purpose::Manifest),
        Source::Ssh(named) => (named, Purpose::SshManifest),
        Source::DynamoDb(_) | Source::Emr(_) | Source::Unknown => return Err(Unwritable::NotS3),
    }];
    match &copy.format {
        Format::JsonPaths(named) => places.push((named, Purpose::JsonPaths)),
        Format::AvroSchema(named) => places.push((named, Purpose::AvroSchema)),
        Format::Plain => {}
    }
    Ok(places)
}

/// A statement's tokens, and new texts for some of them by their number in the whole text.
struct Edits<'a> {
    tokens: Vec<Token<'a>>,
    first: usize,
    manner: Manner,
    changed: BTreeMap<usize, String>,
    end: String,
    notes: Vec<Note>,
}

impl<'a> Edits<'a> {
    fn new(text: &'a Redacted, copy: &Copy) -> Edits<'a> {
        let manner = text.manner();
        let (first, length) = (copy.tokens.start, copy.tokens.len());
        let tokens = tokens(text.as_str(), manner).skip(first).take(length).collect();
        let changed = BTreeMap::new();
        Edits { tokens, first, manner, changed, end: String::new(), notes: Vec::new() }
    }

    fn token(&self, number: usize) -> Option<&Token<'a>> {
        self.tokens.get(number.checked_sub(self.first)?)
    }

    fn place(&mut self, named: &Named, clone: Option<Place>) {
        let Some(clone) = clone else {
            self.notes.push(Note::Stays(named.place.clone()));
            return;
        };
        if clone != named.place {
            let quote = match self.token(named.token).map(|token| token.kind) {
                Some(Kind::Text(Quote::Escape)) => Quote::Escape,
                _ => Quote::Plain,
            };
            self.changed.insert(named.token, literal(&clone.to_string(), quote, self.manner));
        }
    }

    /// The first clause of access becomes the role, the others go.
    fn access(&mut self, copy: &Copy, role: &str) {
        let role = format!("IAM_ROLE {}", literal(role, Quote::Plain, self.manner));
        let mut written = copy.access == Access::DefaultRole;
        for held in &copy.held {
            let note = match held.clause {
                Clause::Role => None,
                Clause::MasterKey => Some(Note::MasterKeyDropped),
                Clause::Credentials | Clause::AccessKey => Some(Note::CredentialsDropped),
            };
            self.notes.extend(note.filter(|note| !self.notes.contains(note)));
            let is_proof = held.clause != Clause::MasterKey;
            self.replace(held, (is_proof && !written).then_some(role.as_str()));
            written |= is_proof;
        }
    }

    /// Puts a text in place of a clause and the `WITH` before it, or nothing in place of both
    /// and the blank before them.
    fn replace(&mut self, held: &Held, text: Option<&str>) {
        let is_blank = |token: &Token<'_>| token.kind == Kind::Blank;
        let mut first = held.first;
        if self.token(first - 1).is_some_and(is_blank)
            && self.token(first - 2).is_some_and(|token| token.is("with"))
        {
            first -= 2;
        }
        let ends_comment = self.token(first - 2).is_some_and(|t| t.kind == Kind::LineComment);
        if text.is_none() && !ends_comment && self.token(first - 1).is_some_and(is_blank) {
            first -= 1;
        }
        self.changed.extend((first..=held.last).map(|number| (number, String::new())));
        self.changed.extend(text.map(|text| (first, text.to_owned())));
    }

    fn region(&mut self, copy: &Copy, region: &str) {
        let written = literal(region, Quote::Plain, self.manner);
        match copy.region_token {
            Some(_) if copy.region.as_deref() == Some(region) => {}
            Some(token) => {
                self.changed.insert(token, written);
            }
            None => self.end = format!("\nREGION {written}"),
        }
    }

    fn write(self) -> Rewritten {
        let mut text = String::new();
        for (number, token) in (self.first..).zip(&self.tokens) {
            match self.changed.get(&number) {
                Some(changed) => text.push_str(changed),
                None => text.push_str(&as_it_was(token, self.manner)),
            }
        }
        text.push_str(&self.end);
        Rewritten { text, notes: self.notes }
    }
}

fn as_it_was<'a>(token: &Token<'a>, manner: Manner) -> Cow<'a, str> {
    if token.kind == Kind::Blank && manner.lines == Lines::Written {
        let blank = token.text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
        return Cow::Owned(blank);
    }
    Cow::Borrowed(token.text)
}
