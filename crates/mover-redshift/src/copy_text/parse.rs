//! Finding the COPY and UNLOAD statements of a text, and reading them.
//!
//! What is not one of them, or cannot be read, is passed over: a text comes from a server
//! that had understood it.

use super::chunks::Completeness;
use super::literals::{name, value};
use super::options::{Access, Format, Held, Load, Named, Options, Words};
use super::redacted::Redacted;
use super::tokens::{Kind, Manner, Token, tokens};
use crate::place::Place;
use std::ops::Range;

/// One statement that reads or writes files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `COPY table FROM ...`.
    Copy(Copy),
    /// `UNLOAD (...) TO ...`.
    Unload(Unload),
}

/// A COPY statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The table: perhaps a database, perhaps a schema, a name.
    pub table: Vec<String>,
    /// Where the data comes from.
    pub source: Source,
    /// The file that says how data is to be read.
    pub format: Format,
    /// The region of the source, when the statement names one.
    pub region: Option<String>,
    /// How it proves its right.
    pub access: Access,
    /// Whether rows are loaded.
    pub load: Load,
    /// The name of the job that this statement creates.
    pub job: Option<String>,
    /// How much of the statement there is.
    pub completeness: Completeness,
    pub(super) held: Vec<Held>,
    pub(super) region_token: Option<usize>,
    pub(super) tokens: Range<usize>,
}

/// Where COPY takes data from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Files in S3.
    S3(Named, Entries),
    /// Commands on hosts that a manifest in S3 lists.
    Ssh(Named),
    /// A DynamoDB table.
    DynamoDb(String),
    /// Files of an EMR cluster.
    Emr(String),
    /// Something else, or the text breaks off.
    Unknown,
}

/// What the location of a COPY from S3 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// It is the beginning of keys.
    Prefix,
    /// It is a manifest.
    Manifest,
}

/// An UNLOAD statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unload {
    /// The beginning of the keys that are written.
    pub to: Option<Place>,
    /// Whether a manifest is written beside them.
    pub manifest: bool,
    /// The region of the target, when the statement names one.
    pub region: Option<String>,
    /// How much of the statement there is.
    pub completeness: Completeness,
}

/// The COPY and UNLOAD statements of a text, in their order.
#[must_use]
pub fn statements(text: &Redacted) -> Vec<Statement> {
    let manner = text.manner();
    let all: Vec<Token<'_>> = tokens(text.as_str(), manner).collect();
    let words: Vec<_> = all.iter().copied().enumerate().filter(|(_, t)| t.counts()).collect();
    let mut found = Vec::new();
    let pieces = words.split(|(_, token)| token.is_symbol(";"));
    let last = words.split(|(_, token)| token.is_symbol(";")).count() - 1;
    for (number, words) in pieces.enumerate() {
        let cut = number == last && text.completeness() != Completeness::Whole;
        let open = words.iter().any(|(_, token)| !token.closed);
        let completeness = if cut || open { Completeness::Cut } else { Completeness::Whole };
        found.extend(statement(words, manner, completeness));
    }
    found
}

fn statement(words: &Words<'_>, manner: Manner, completeness: Completeness) -> Option<Statement> {
    let (_, first) = words.first()?;
    if first.is("copy") {
        copy(words, manner, completeness).map(Statement::Copy)
    } else if first.is("unload") {
        unload(words, manner, completeness).map(Statement::Unload)
    } else {
        None
    }
}

fn copy(words: &Words<'_>, manner: Manner, completeness: Completeness) -> Option<Copy> {
    let table = table(&words[1..], manner);
    let from = outside_brackets(words, "from")?;
    let (location, after) = match words[from + 1..].split_first() {
        Some((location, after)) => (Some(location), after),
        None => (None, &words[..0]),
    };
    let options = Options::read(after, manner);
    let source = match location {
        Some((token, literal)) if literal.closed && matches!(literal.kind, Kind::Text(_)) => {
            source(*token, value(literal, manner), &options)
        }
        _ => Source::Unknown,
    };
    let (region, region_token) = options.region.unzip();
    Some(Copy {
        table,
        source,
        format: options.format,
        region,
        access: options.access,
        load: options.load,
        job: options.job,
        completeness,
        held: options.held,
        region_token,
        tokens: words.first()?.0..words.last()?.0 + 1,
    })
}

fn unload(words: &Words<'_>, manner: Manner, completeness: Completeness) -> Option<Unload> {
    let to = outside_brackets(words, "to")?;
    let (location, after) = words[to + 1..].split_first()?;
    let options = Options::read(after, manner);
    let (region, _) = options.region.unzip();
    let to = match location.1.closed {
        true => Place::parse(&value(&location.1, manner)).ok(),
        false => None,
    };
    Some(Unload { to, manifest: options.manifest, region, completeness })
}

/// `[[database.]schema.]table`.
fn table(words: &Words<'_>, manner: Manner) -> Vec<String> {
    let mut parts = Vec::new();
    for pair in words.chunks(2) {
        match pair {
            [(_, part), ..] if matches!(part.kind, Kind::Word | Kind::QuotedName) => {
                parts.push(name(part, manner));
            }
            _ => break,
        }
        if !matches!(pair, [_, (_, dot)] if dot.is_symbol(".")) {
            break;
        }
    }
    parts
}

/// Where a word stands outside all brackets.
fn outside_brackets(words: &Words<'_>, wanted: &str) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|(_, token)| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is(wanted)
    })
}

fn source(token: usize, location: String, options: &Options) -> Source {
    let scheme = location.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match (Place::parse(&location), scheme.as_deref()) {
        (Ok(place), _) if options.ssh => Source::Ssh(Named { place, token }),
        (Ok(place), _) if options.manifest => Source::S3(Named { place, token }, Entries::Manifest),
        (Ok(place), _) => Source::S3(Named { place, token }, Entries::Prefix),
        (_, Some("dynamodb")) => Source::DynamoDb(location),
        (_, Some("emr")) => Source::Emr(location),
        _ => Source::Unknown,
    }
}
