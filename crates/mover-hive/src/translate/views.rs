//! Names of databases within the text of a view.
//!
//! A text is not parsed, only read word by word: a name is renamed where a table stands
//! (after FROM or JOIN, and after a comma between them) and a dot follows it. So an alias
//! that is called like a database stays an alias. Strings and comments are passed over.

use super::Translator;
use boatlift_clients::metastore::Table;

/// Words after which no table stands, within the same brackets.
const ENDS: &[&str] = &[
    "select",
    "where",
    "group",
    "having",
    "order",
    "sort",
    "cluster",
    "distribute",
    "union",
    "lateral",
    "window",
    "limit",
    "on",
    "using",
    "intersect",
    "except",
    "minus",
    "values",
];

impl Translator {
    /// Renames databases in both texts of a view.
    pub(super) fn rename_in_view(&self, view: &mut Table) {
        if self.scope.keeps_names() {
            return;
        }
        let rename = |text: &str| rename(text, |name| self.scope.upper_database(name));
        let original = view.view_original_text().map(rename);
        let expanded = view.view_expanded_text().map(rename);
        view.set_view_original_text(original.as_deref());
        view.set_view_expanded_text(expanded.as_deref());
    }
}

/// What may follow, within one pair of brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Neither FROM nor JOIN was seen, or what ends them was.
    Outside,
    /// A table.
    Table,
    /// A table was read: after a comma comes the next.
    AfterTable,
}

/// The text with another name for each database.
fn rename(text: &str, new_name: impl Fn(&str) -> String) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut positions = vec![Position::Outside];
    let mut rest = text;
    while !rest.is_empty() {
        let (token, after) = next_token(rest);
        let position = positions.last().copied().unwrap_or(Position::Outside);
        let mut told = None;
        let next = match token {
            Token::Space => position,
            Token::Open => {
                // Tables stand in `FROM (db.a JOIN db.b)`, but not in `ON f(a, b.c)`.
                let inner = if position == Position::Table { position } else { Position::Outside };
                positions.push(inner);
                rest = keep(&mut renamed, rest, after);
                continue;
            }
            Token::Close => {
                positions.truncate(positions.len().saturating_sub(1).max(1));
                let outer = positions.last().copied().unwrap_or(Position::Outside);
                if outer == Position::Table { Position::AfterTable } else { outer }
            }
            Token::Comma if position == Position::AfterTable => Position::Table,
            Token::Name(name) => {
                if position == Position::Table && after.starts_with('.') {
                    told = Some(new_name(&name));
                }
                word(&name, is_quoted(rest), position)
            }
            Token::Comma | Token::Other => position,
        };
        if let Some(last) = positions.last_mut() {
            *last = next;
        }
        match told {
            Some(name) if is_quoted(rest) => renamed.push_str(&format!("`{name}`")),
            Some(name) => renamed.push_str(&name),
            None => drop(keep(&mut renamed, rest, after)),
        }
        rest = after;
    }
    renamed
}

fn is_quoted(text: &str) -> bool {
    text.starts_with('`')
}

/// Copies what lies between two rests of one text.
fn keep<'a>(to: &mut String, from: &str, after: &'a str) -> &'a str {
    to.push_str(&from[..from.len() - after.len()]);
    after
}

fn word(name: &str, quoted: bool, position: Position) -> Position {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "from" | "join" if !quoted => Position::Table,
        word if !quoted && ENDS.contains(&word) => {
            // `FROM a JOIN b ON x = y, c`: after the condition a comma leads to a table.
            match word {
                "on" | "using" => Position::AfterTable,
                _ => Position::Outside,
            }
        }
        _ if position == Position::Table => Position::AfterTable,
        _ => position,
    }
}

enum Token {
    Space,
    Open,
    Close,
    Comma,
    /// A word, or a quoted name without its quotes.
    Name(String),
    Other,
}

/// The first token of a text that is not empty, and what follows it.
fn next_token(text: &str) -> (Token, &str) {
    let end = |at: Option<usize>| &text[at.unwrap_or(text.len())..];
    let first = text.chars().next().unwrap_or(' ');
    match first {
        '`' => quoted_name(text),
        '\'' | '"' => (Token::Other, after_string(text, first)),
        '-' if text.starts_with("--") => (Token::Space, end(text.find('\n'))),
        '/' if text.starts_with("/*") => (Token::Space, end(text[2..].find("*/").map(|at| at + 4))),
        '(' => (Token::Open, &text[1..]),
        ')' => (Token::Close, &text[1..]),
        ',' => (Token::Comma, &text[1..]),
        c if c.is_whitespace() => (Token::Space, end(text.find(|c: char| !c.is_whitespace()))),
        c if c == '_' || c.is_alphanumeric() => {
            let after = end(text.find(|c: char| c != '_' && !c.is_alphanumeric()));
            (Token::Name(text[..text.len() - after.len()].to_owned()), after)
        }
        c => (Token::Other, &text[c.len_utf8()..]),
    }
}

/// A name in back-quotes; a doubled one stands for itself.
fn quoted_name(text: &str) -> (Token, &str) {
    let mut name = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '`' {
            name.push(letter);
        } else if letters.next_if(|(_, next)| *next == '`').is_some() {
            name.push('`');
        } else {
            return (Token::Name(name), &text[at + 1..]);
        }
    }
    (Token::Other, "")
}

fn after_string(text: &str, quote: char) -> &str {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return &text[at + 1..];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn old(text: &str) -> String {
        rename(text, |name| match name.to_lowercase().as_str() {
            "sales" => "old_sales".into(),
            other => other.into(),
        })
    }

    #[test]
    fn databases_are_renamed_where_tables_stand() {
        for (text, renamed) in [
            ("SELECT `t`.`a` FROM `sales`.`t`", "SELECT `t`.`a` FROM `old_sales`.`t`"),
            ("select a from sales.t", "select a from old_sales.t"),
            (
                "select a from Sales.t x join\n sales.u",
                "select a from old_sales.t x join\n old_sales.u",
            ),
            ("select `sales`.`a` from `d`.`t` `sales`", "select `sales`.`a` from `d`.`t` `sales`"),
            (
                "select `sales`.`a`, 1 from `sales`.`t`",
                "select `sales`.`a`, 1 from `old_sales`.`t`",
            ),
            (
                "from sales.t, sales.u where sales.x = 1",
                "from old_sales.t, old_sales.u where sales.x = 1",
            ),
            ("from sales.t t, sales.u u", "from old_sales.t t, old_sales.u u"),
            (
                "from a join sales.b on sales.x = f(a, sales.y)",
                "from a join old_sales.b on sales.x = f(a, sales.y)",
            ),
            ("from (select * from sales.t) sales", "from (select * from old_sales.t) sales"),
            ("from (sales.a join sales.b)", "from (old_sales.a join old_sales.b)"),
            ("select 'from sales.t' from d.t", "select 'from sales.t' from d.t"),
            (
                "select \"it\\\"s from sales.t\" from sales.t",
                "select \"it\\\"s from sales.t\" from old_sales.t",
            ),
            ("-- from sales.t\nselect 1", "-- from sales.t\nselect 1"),
            ("/* from sales.t */ select 1", "/* from sales.t */ select 1"),
            (
                "from t union all select 1 from sales.t",
                "from t union all select 1 from old_sales.t",
            ),
            ("select * from sales", "select * from sales"),
            ("select '${hiveconf:from sales.t}'", "select '${hiveconf:from sales.t}'"),
        ] {
            assert_eq!(old(text), renamed);
        }
    }

    #[test]
    fn unclosed_quotes_and_brackets_are_kept() {
        for text in ["select '", "`", "from `sales", "))) from (", "/* ", "--"] {
            assert_eq!(old(text), text);
        }
    }

    proptest! {
        #[test]
        fn without_a_database_to_rename_every_text_is_kept(text in "\\PC{0,80}") {
            prop_assert_eq!(rename(&text, |name| name.to_owned()), text);
        }
    }
}
