//! What literals and quoted names mean, and how a text becomes a literal again.

use super::tokens::{Backslash, Kind, Manner, Quote, Token};

/// What a literal says.
pub(super) fn value(token: &Token<'_>, manner: Manner) -> String {
    match token.kind {
        Kind::Text(Quote::Plain) => {
            let escapes = manner.backslash == Backslash::Escapes;
            unquote(inside(token.text, 1, token.closed), '\'', escapes)
        }
        Kind::Text(Quote::Escape) => unquote(inside(token.text, 2, token.closed), '\'', true),
        Kind::Text(Quote::Dollar) => {
            let tag = token.text[1..].find('$').map_or(token.text.len(), |at| at + 2);
            let rest = &token.text[tag..];
            let end = if token.closed { rest.len() - tag } else { rest.len() };
            rest[..end].to_owned()
        }
        Kind::QuotedName => unquote(inside(token.text, 1, token.closed), '"', false),
        _ => token.text.to_owned(),
    }
}

/// A name as Redshift folds it: small letters, unless it is quoted.
pub(super) fn name(token: &Token<'_>, manner: Manner) -> String {
    match token.kind {
        Kind::QuotedName => value(token, manner),
        _ => token.text.to_lowercase(),
    }
}

/// Writes a literal in the form that the text used.
pub(super) fn literal(value: &str, quote: Quote, manner: Manner) -> String {
    let escapes = quote == Quote::Escape || manner.backslash == Backslash::Escapes;
    let mut written = String::from(if quote == Quote::Escape { "E'" } else { "'" });
    for c in value.chars() {
        match c {
            '\'' => written.push_str("''"),
            '\\' if escapes => written.push_str("\\\\"),
            '\n' if escapes => written.push_str("\\n"),
            c => written.push(c),
        }
    }
    written.push('\'');
    written
}

fn inside(text: &str, opening: usize, closed: bool) -> &str {
    let end = if closed { text.len() - 1 } else { text.len() };
    &text[opening..end]
}

fn unquote(text: &str, quote: char, escapes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if escapes => match characters.next() {
                Some(first @ '0'..='7') => {
                    let mut code = first.to_digit(8).unwrap_or(0);
                    for _ in 0..2 {
                        let Some(digit) = characters.peek().and_then(|c| c.to_digit(8)) else {
                            break;
                        };
                        code = code * 8 + digit;
                        characters.next();
                    }
                    out.extend(char::from_u32(code));
                }
                Some(next) => out.push(escaped(next)),
                None => out.push('\\'),
            },
            c if c == quote => {
                characters.next_if_eq(&quote);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunks::Completeness::Whole;
    use super::super::tokens::{manner, tokens};
    use super::*;

    fn read(text: &str) -> String {
        let manner = manner(text, Whole);
        value(&tokens(text, manner).next().expect("a token"), manner)
    }

    #[test]
    fn literals_say_what_they_mean() {
        for (text, meaning) in [
            ("'it''s'", "it's"),
            (r"'it\'s'", "it's"),
            (r"'\001\t\\N'", "\u{1}\t\\N"),
            (r"E'a\nb'", "a\nb"),
            ("$x$it's \\n$x$", "it's \\n"),
            ("'open", "open"),
            ("$$open", "open"),
            ("\"a\"\"b\"", "a\"b"),
            (r"'\'", "\\"),
        ] {
            assert_eq!(read(text), meaning, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for value in ["it's", "a\\b", "line\nline", "", "é😀", "'\\'"] {
            for quote in [Quote::Plain, Quote::Escape] {
                let manner = manner("select 1", Whole);
                assert_eq!(read(&literal(value, quote, manner)), value);
            }
        }
    }
}
