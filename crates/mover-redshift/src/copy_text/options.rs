//! The options of COPY and UNLOAD: words and literals in any order after the location.

use super::literals::value;
use super::tokens::{Kind, Manner, Token};
use crate::place::Place;

/// A place that a statement names, and where in the text it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The place.
    pub place: Place,
    /// The number of its token in the text.
    pub(super) token: usize,
}

/// How the statement proves its right to read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By a role that it names.
    Role,
    /// By the cluster's default role or the session's.
    DefaultRole,
    /// By credentials in the text, or a role inside a credentials string.
    Credentials,
    /// It does not say.
    Unstated,
}

/// Whether rows are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// They are.
    Load,
    /// `NOLOAD`: the files are only checked.
    Check,
}

/// Which other file says how the data is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// None.
    Plain,
    /// `JSON 's3://...'`.
    JsonPaths(Named),
    /// `AVRO 's3://...'`.
    AvroSchema(Named),
}

/// What a clause of access is, for rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    Role,
    Credentials,
    AccessKey,
    MasterKey,
}

/// A clause and its tokens, first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) clause: Clause,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// What the options of one statement say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) format: Format,
    pub(super) manifest: bool,
    pub(super) ssh: bool,
    pub(super) load: Load,
    pub(super) region: Option<(String, usize)>,
    pub(super) job: Option<String>,
    pub(super) access: Access,
    pub(super) held: Vec<Held>,
}

/// The words of a statement that count, each with the number of its token.
pub(super) type Words<'a> = [(usize, Token<'a>)];

impl Options {
    /// Reads what follows the location.
    pub(super) fn read(words: &Words<'_>, manner: Manner) -> Options {
        let mut options = Options {
            format: Format::Plain,
            manifest: false,
            ssh: false,
            load: Load::Load,
            region: None,
            job: None,
            access: Access::Unstated,
            held: Vec::new(),
        };
        let mut rest = words;
        while let Some(((at, word), after)) = rest.split_first() {
            rest = after;
            if word.kind == Kind::Word {
                rest = options.take(*at, word, after, manner);
            }
        }
        options
    }

    /// Takes one option and returns what follows it.
    fn take<'w, 'a>(
        &mut self,
        at: usize,
        word: &Token<'a>,
        after: &'w Words<'a>,
        manner: Manner,
    ) -> &'w Words<'a> {
        let small = word.text.to_ascii_lowercase();
        match small.as_str() {
            "manifest" => self.manifest = true,
            "ssh" => self.ssh = true,
            "noload" => self.load = Load::Check,
            "job" => return self.job(after, manner),
            "iam_role" => return self.role(at, after),
            "credentials" => return self.credentials(Clause::Credentials, at, after),
            "access_key_id" | "secret_access_key" | "session_token" | "token" => {
                return self.credentials(Clause::AccessKey, at, after);
            }
            "master_symmetric_key" => return self.credentials(Clause::MasterKey, at, after),
            "region" => {
                if let Some((token, literal, rest)) = argument(after) {
                    self.region = Some((value(literal, manner), token));
                    return rest;
                }
            }
            "json" | "avro" => {
                if let Some((token, literal, rest)) = argument(after) {
                    self.format = format(&small, token, &value(literal, manner));
                    return rest;
                }
            }
            _ => {}
        }
        after
    }

    fn role<'w, 'a>(&mut self, at: usize, after: &'w Words<'a>) -> &'w Words<'a> {
        self.access = Access::DefaultRole;
        let Some((last, literal, rest)) = argument(after) else { return after };
        if !matches!(literal.text.to_ascii_lowercase().as_str(), "'default'" | "'session'") {
            self.access = Access::Role;
            self.held.push(Held { clause: Clause::Role, first: at, last });
        }
        rest
    }

    fn credentials<'w, 'a>(
        &mut self,
        clause: Clause,
        first: usize,
        after: &'w Words<'a>,
    ) -> &'w Words<'a> {
        let Some((mut last, _, mut rest)) = argument(after) else { return after };
        while let Some(((token, next), behind)) = rest.split_first()
            && matches!(next.kind, Kind::Text(_))
        {
            (last, rest) = (*token, behind);
        }
        if clause != Clause::MasterKey {
            self.access = Access::Credentials;
        }
        self.held.push(Held { clause, first, last });
        rest
    }

    /// `JOB CREATE name [AUTO ON|OFF]`.
    fn job<'w, 'a>(&mut self, after: &'w Words<'a>, manner: Manner) -> &'w Words<'a> {
        if let [(_, create), (_, name), rest @ ..] = after
            && create.is("create")
        {
            self.job = Some(super::literals::name(name, manner));
            return rest;
        }
        after
    }
}

/// The literal after an optional `AS`, with the number of its token and what follows it.
fn argument<'w, 'a>(after: &'w Words<'a>) -> Option<(usize, &'w Token<'a>, &'w Words<'a>)> {
    let after = match after.split_first() {
        Some(((_, word), rest)) if word.is("as") => rest,
        _ => after,
    };
    let ((token, literal), rest) = after.split_first()?;
    matches!(literal.kind, Kind::Text(_)).then_some((*token, literal, rest))
}

/// `'auto'` and its like name no file.
fn format(word: &str, token: usize, argument: &str) -> Format {
    match (Place::parse(argument), word) {
        (Ok(place), "json") => Format::JsonPaths(Named { place, token }),
        (Ok(place), _) => Format::AvroSchema(Named { place, token }),
        (Err(_), _) => Format::Plain,
    }
}
