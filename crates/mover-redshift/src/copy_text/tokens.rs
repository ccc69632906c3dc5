//! SQL cut into tokens that, put together again, are the same text.
//!
//! Lexical rules are those of PostgreSQL 8, as Redshift has them: nested comments, doubled
//! quotes, dollar quotes, and backslashes that escape in every literal. What is not closed
//! reaches to the end of the text.

use super::chunks::Completeness;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space, also the two characters `\n` where they stand for a line's end.
    Blank,
    /// `-- ...`, without the end of the line.
    LineComment,
    /// `/* ... */`, perhaps with others inside.
    BlockComment,
    /// A keyword, a name or a number.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A literal.
    Text(Quote),
    /// Any other character.
    Symbol,
}

/// How a literal is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `'...'`.
    Plain,
    /// `E'...'`.
    Escape,
    /// `$tag$...$tag$`.
    Dollar,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Whether what it begins is also ended.
    pub(super) closed: bool,
}

impl Token<'_> {
    /// Whether it is this word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Whether it says something, and is no space between.
    pub(super) fn counts(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::LineComment | Kind::BlockComment)
    }
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) lines: Lines,
    pub(super) backslash: Backslash,
}

/// How the text ends its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// By the character.
    Real,
    /// By the two characters `\n`, as `STL_QUERYTEXT` writes it.
    Written,
}

/// What a backslash in a plain literal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// It takes the next character along.
    Escapes,
    /// It is a character.
    Stands,
}

/// Finds out how a text wants to be read: Redshift's way, unless a whole text has all its
/// literals closed only the other way.
pub(super) fn manner(text: &str, completeness: Completeness) -> Manner {
    let lines = if text.contains(['\n', '\r']) { Lines::Real } else { Lines::Written };
    let closes = |backslash| tokens(text, Manner { lines, backslash }).all(|token| token.closed);
    let stands = completeness == Completeness::Whole
        && !closes(Backslash::Escapes)
        && closes(Backslash::Stands);
    let backslash = if stands { Backslash::Stands } else { Backslash::Escapes };
    Manner { lines, backslash }
}

/// The tokens of a text, in order and without gaps.
pub(super) fn tokens(text: &str, manner: Manner) -> Tokens<'_> {
    Tokens { rest: text, manner }
}

/// An iterator over tokens.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    manner: Manner,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let first = self.rest.chars().next()?;
        let (kind, length) = self.measure(first);
        let closed = length.is_some();
        let (text, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(Token { kind, text, closed })
    }
}

impl Tokens<'_> {
    /// The kind of the next token and its length in bytes; no length when it is not closed.
    fn measure(&self, first: char) -> (Kind, Option<usize>) {
        let rest = self.rest;
        match first {
            _ if self.blank(rest) > 0 => (Kind::Blank, Some(self.blank(rest))),
            '-' if rest.starts_with("--") => (Kind::LineComment, Some(self.line(rest))),
            '/' if rest.starts_with("/*") => (Kind::BlockComment, block(rest)),
            '\'' => {
                let escapes = self.manner.backslash == Backslash::Escapes;
                (Kind::Text(Quote::Plain), quoted(rest, '\'', escapes))
            }
            'e' | 'E' if rest[1..].starts_with('\'') => {
                (Kind::Text(Quote::Escape), quoted(&rest[1..], '\'', true).map(|n| n + 1))
            }
            '"' => (Kind::QuotedName, quoted(rest, '"', false)),
            '$' => match dollar_tag(rest) {
                Some(tag) => (Kind::Text(Quote::Dollar), dollar(rest, tag)),
                None => (Kind::Symbol, Some(1)),
            },
            _ if in_word(first) => {
                (Kind::Word, Some(rest.find(|c| !in_word(c)).unwrap_or(rest.len())))
            }
            _ => (Kind::Symbol, Some(first.len_utf8())),
        }
    }

    /// The length of the white space that the text begins with.
    fn blank(&self, text: &str) -> usize {
        let mut length = 0;
        loop {
            let rest = &text[length..];
            match rest.chars().next() {
                Some(c) if c.is_whitespace() => length += c.len_utf8(),
                Some('\\') if self.written_blank(rest) => length += 2,
                _ => return length,
            }
        }
    }

    fn written_blank(&self, rest: &str) -> bool {
        let pairs = ["\\n", "\\r", "\\t"];
        self.manner.lines == Lines::Written && pairs.iter().any(|pair| rest.starts_with(pair))
    }

    /// The length of a line comment.
    fn line(&self, text: &str) -> usize {
        let end = match self.manner.lines {
            Lines::Real => text.find(['\n', '\r']),
            Lines::Written => text.find("\\n"),
        };
        end.unwrap_or(text.len())
    }
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || (!c.is_ascii() && !c.is_whitespace())
}

/// The length of a nested comment.
fn block(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    None
}

/// The length of what begins with a quote and ends with the next that is neither doubled nor
/// escaped.
fn quoted(text: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && escapes {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// `$tag$` at the beginning of the text.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 1;
    let name = &text[1..end];
    let is_name = name.chars().all(|c| in_word(c) && c != '$')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| &text[..=end])
}

fn dollar(text: &str, tag: &str) -> Option<usize> {
    let inside = &text[tag.len()..];
    inside.find(tag).map(|at| tag.len() + at + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds and texts of all tokens but single blanks.
    fn cut(text: &str) -> Vec<(Kind, &str)> {
        let all = tokens(text, manner(text, Completeness::Whole));
        all.filter(|token| token.text != " ").map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn comments_nest_and_end() {
        let text = "a /* b /* c */ d */ e -- f\ng";
        let expected = [
            (Kind::Word, "a"),
            (Kind::BlockComment, "/* b /* c */ d */"),
            (Kind::Word, "e"),
            (Kind::LineComment, "-- f"),
            (Kind::Blank, "\n"),
            (Kind::Word, "g"),
        ];
        assert_eq!(cut(text), expected);
    }

    #[test]
    fn written_line_ends_end_comments_and_separate_words() {
        let expected = [
            (Kind::LineComment, "-- note"),
            (Kind::Blank, "\\n"),
            (Kind::Word, "copy"),
            (Kind::Blank, "\\n\\t"),
            (Kind::Word, "t"),
        ];
        assert_eq!(cut(r"-- note\ncopy\n\tt"), expected);
    }

    #[test]
    fn a_backslash_in_a_comment_of_real_lines_ends_nothing() {
        assert_eq!(cut("-- c:\\new\nx")[0], (Kind::LineComment, "-- c:\\new"));
    }

    #[test]
    fn literals_of_all_forms() {
        for (text, quote) in [
            ("'it''s'", Quote::Plain),
            (r"'it\'s'", Quote::Plain),
            (r"E'it\'s'", Quote::Escape),
            ("$$it's$$", Quote::Dollar),
            ("$tag$ a $$ b $tag$", Quote::Dollar),
            ("''", Quote::Plain),
        ] {
            assert_eq!(cut(text), [(Kind::Text(quote), text)]);
        }
        assert_eq!(cut("\"a\"\"b\""), [(Kind::QuotedName, "\"a\"\"b\"")]);
    }

    #[test]
    fn a_backslash_that_would_leave_a_literal_open_is_a_character() {
        let found = cut(r"delimiter '\' csv");
        assert_eq!(found[1], (Kind::Text(Quote::Plain), r"'\'"));
        assert_eq!(found[2], (Kind::Word, "csv"));
    }

    #[test]
    fn dollars_that_quote_nothing_are_symbols_or_parts_of_words() {
        assert_eq!(
            cut("$1 a$b$ $9$"),
            [
                (Kind::Symbol, "$"),
                (Kind::Word, "1"),
                (Kind::Word, "a$b$"),
                (Kind::Symbol, "$"),
                (Kind::Word, "9$"),
            ]
        );
    }

    #[test]
    fn what_is_not_closed_reaches_to_the_end() {
        for text in ["'abc", "/* abc", "\"abc", "$$abc", "e'abc\\'"] {
            let found: Vec<_> = tokens(text, manner(text, Completeness::Cut)).collect();
            assert_eq!((found.len(), found[0].text, found[0].closed), (1, text, false));
        }
    }
}
