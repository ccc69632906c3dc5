//! Texts of SQL without credentials.
//!
//! Redaction errs on the side of hiding: the literals after a credential's keyword, every
//! other literal and comment that speaks of credentials, everything that looks like an access
//! key, and the whole of a text in which a part is missing.

use super::chunks::{Completeness, SqlText};
use super::tokens::{Kind, Manner, Token, manner, tokens};
use crate::place::Place;
use serde::Serialize;
use std::fmt;

/// What stands for what is hidden.
pub const MASK: &str = "***";

/// The keywords whose literals are credentials.
const CREDENTIALS: [&str; 8] = [
    "credentials",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "token",
    "master_symmetric_key",
    "password",
    "secret",
];

/// What a literal or comment that may hold credentials says, in small letters.
const SIGNS: [&str; 6] =
    ["credential", "access_key", "secret", "token", "password", "symmetric_key"];

/// How the ids of AWS's access keys begin, and the least length of one.
const KEY_IDS: [&str; 2] = ["AKIA", "ASIA"];
const KEY_ID_LENGTH: usize = 16;

/// A text of SQL that holds no credential and may be shown and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redacted {
    text: String,
    #[serde(skip)]
    completeness: Completeness,
    #[serde(skip)]
    manner: Manner,
}

impl SqlText {
    /// The text without its credentials.
    #[must_use]
    pub fn redact(&self) -> Redacted {
        let manner = manner(&self.text, self.completeness);
        let text = match self.completeness {
            Completeness::Gap => format!("-- {MASK} a part of this text is missing"),
            Completeness::Whole | Completeness::Cut => redact(&self.text, manner),
        };
        Redacted { text, completeness: self.completeness, manner }
    }
}

impl Redacted {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How it is to be read.
    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    /// How much of it there is.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

pub(super) fn redact(text: &str, manner: Manner) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_keyword = false;
    for token in tokens(text, manner) {
        match token.kind {
            Kind::Text(_) if after_keyword || speaks_of_credentials(&token) => {
                // Two masks side by side would read as one literal with a quote in it.
                out.push_str(if out.ends_with("'***'") { "" } else { "'***'" });
            }
            Kind::LineComment if has_sign(token.text) => out.push_str("-- ***"),
            Kind::BlockComment if has_sign(token.text) => out.push_str("/* *** */"),
            Kind::Word if has_key_id(token.text) => out.push_str(MASK),
            Kind::QuotedName if !token.closed || has_key_id(token.text) => {
                out.push_str("\"***\"");
            }
            _ => out.push_str(token.text),
        }
        after_keyword = match token.kind {
            Kind::Word if CREDENTIALS.iter().any(|word| token.is(word)) => true,
            Kind::Word => after_keyword && token.is("as"),
            Kind::Symbol => after_keyword && token.text == "=",
            _ => after_keyword,
        };
    }
    out
}

/// Whether a literal that follows no keyword may hold credentials all the same: a statement
/// inside a string, the body of a procedure, an argument.
fn speaks_of_credentials(token: &Token<'_>) -> bool {
    let inside = token.text.trim_start_matches(['e', 'E', '\'', '$']);
    match Place::parse(inside) {
        Ok(_) => has_key_id(inside),
        Err(_) => has_sign(inside),
    }
}

fn has_sign(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| small.contains(sign)) || has_key_id(text)
}

/// Whether an access key's id stands somewhere in the text.
fn has_key_id(text: &str) -> bool {
    KEY_IDS.iter().any(|id| {
        text.match_indices(id).any(|(at, _)| {
            let rest = text[at..].bytes();
            let in_id = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
            rest.take_while(in_id).count() >= KEY_ID_LENGTH
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG";

    fn shown(text: &str) -> String {
        SqlText::whole(text).redact().to_string()
    }

    #[test]
    fn credentials_are_hidden_in_every_form() {
        for form in [
            "copy t from 's3://b/k' credentials 'aws_access_key_id=A;aws_secret_access_key=@'",
            "copy t from 's3://b/k' WITH CREDENTIALS AS 'aws_secret_access_key=@' csv",
            "copy t from 's3://b/k' access_key_id 'A' secret_access_key '@' csv",
            "copy t from 's3://b/k' Secret_Access_Key /* here */ -- there\n '@'",
            "copy t from 's3://b/k' session_token '@' csv",
            "copy t from 's3://b/k' master_symmetric_key '@'",
            "copy t from 's3://b/k' credentials 'a=b'\n '@'",
            "copy t from 's3://b/k' credentials E'it\\'s @'",
            "copy t from 's3://b/k' credentials $x$@$x$",
            "copy t from 's3://b/k' credentials 'aws_secret_access_key=@",
            "-- credentials 'aws_secret_access_key=@'\ncopy t from 's3://b/k'",
            r"-- credentials @\ncopy t from 's3://b/k'",
            "/* /* password */ @ */ copy t from 's3://b/k'",
            "create procedure p() as $$ copy t from 's3://b' credentials '@' $$",
            "execute 'copy t from ''s3://b/k'' credentials ''@'''",
            "create user u password '@'; copy t from 's3://b/k'",
            "copy t from 's3://b/k' token = '@'",
        ] {
            let shown = shown(&form.replace('@', SECRET));
            assert!(!shown.contains(SECRET), "{shown}");
            assert!(shown.contains(MASK), "{shown}");
        }
    }

    #[test]
    fn ids_of_access_keys_are_hidden_wherever_they_stand() {
        let id = "AKIAIOSFODNN7EXAMPLE";
        for form in ["copy t from 's3://b/k' foo '@'", "select @", "-- @", "select \"@\""] {
            let shown = shown(&form.replace('@', id));
            assert!(!shown.contains(id), "{shown}");
        }
    }

    #[test]
    fn what_is_no_credential_stays() {
        for text in [
            "copy t from 's3://b/secret/token=1/k' iam_role 'arn:aws:iam::1:role/r' delimiter '|'",
            "COPY \"password\" from 's3://b/k' -- nightly\n  iam_role default;",
            "unload ('select 1') to 's3://b/out_' parquet",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_text_with_a_gap_is_withheld() {
        let mut chunks = super::super::Chunks::default();
        chunks.push(1, &format!("ss_key={SECRET}' csv"));
        let redacted = chunks.join().redact();
        assert!(!redacted.as_str().contains(SECRET), "{redacted}");
        assert_eq!(redacted.completeness(), Completeness::Gap);
    }
}
