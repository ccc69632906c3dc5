//! Names of databases within the text of a view.
//!
//! A text is not parsed, only read word by word: a name is renamed where a table stands
//! (after FROM or JOIN, and after a comma between them) and a dot follows it. So an alias
//! that is called like a database stays an alias. Strings and comments are passed over.

use super::Translator;
use crate::ddl;
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

/// What a pair of brackets holds, by its first word: `EXTRACT(DAY FROM a.b)` has a FROM too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Unsaid,
    Query,
    Other,
}

/// Where the reader is, within one pair of brackets.
#[derive(Debug, Clone, Copy)]
struct Level {
    position: Position,
    holds: Holds,
    /// `IS DISTINCT FROM a.b` leads to no table.
    after_distinct: bool,
}

impl Level {
    fn new(position: Position) -> Level {
        Level { position, holds: Holds::Unsaid, after_distinct: false }
    }

    /// Tables stand in `FROM (db.a JOIN db.b)`, but not in `ON f(a, b.c)`.
    fn inner(self) -> Level {
        Level::new(match self.position {
            Position::Table => Position::Table,
            Position::Outside | Position::AfterTable => Position::Outside,
        })
    }

    /// Something was read that may be a table.
    fn pass(&mut self) {
        if self.position == Position::Table {
            self.position = Position::AfterTable;
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        if self.holds == Holds::Unsaid || word == "select" {
            let query = matches!(word.as_str(), "select" | "from" | "with");
            self.holds = if query { Holds::Query } else { Holds::Other };
        }
        let leads = self.holds == Holds::Query && !self.after_distinct;
        self.after_distinct = word == "distinct";
        match word.as_str() {
            "join" => self.position = Position::Table,
            "from" if leads => self.position = Position::Table,
            // `FROM a JOIN b ON x = y, c`: after the condition a comma leads to a table.
            "on" | "using" => self.position = Position::AfterTable,
            word if ENDS.contains(&word) => self.position = Position::Outside,
            _ => self.pass(),
        }
    }

    fn quoted(&mut self) {
        if self.holds == Holds::Unsaid {
            self.holds = Holds::Other;
        }
        self.pass();
    }
}

/// The text with another name for each database.
fn rename(text: &str, new_name: impl Fn(&str) -> String) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut reader = Reader::new(text);
    while let Some(read) = reader.next() {
        match &read.token {
            Token::Name(name) if read.is_table && read.after.starts_with('.') => {
                let name = new_name(name);
                renamed += &if read.told.starts_with('`') { ddl::name(&name) } else { name };
            }
            _ => renamed += read.told,
        }
    }
    renamed
}

/// Reads a text token by token, and knows where tables stand.
pub(super) struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    outer: Vec<Level>,
    level: Level,
}

/// A token.
pub(super) struct Read<'t> {
    pub(super) token: Token,
    /// As it is written.
    told: &'t str,
    /// The text before it.
    pub(super) before: &'t str,
    /// The text after it.
    pub(super) after: &'t str,
    /// Whether it stands where a table stands.
    pub(super) is_table: bool,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Reader<'t> {
        let level = Level::new(Position::Outside);
        Reader { text, rest: text, outer: Vec::new(), level }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Option<Read<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let (token, after) = next_token(self.rest);
        let told = &self.rest[..self.rest.len() - after.len()];
        let before = &self.text[..self.text.len() - self.rest.len()];
        let is_table = self.level.position == Position::Table;
        self.rest = after;
        self.pass(&token, told);
        Some(Read { token, told, before, after, is_table })
    }

    fn pass(&mut self, token: &Token, told: &str) {
        match token {
            Token::Open => {
                let inner = self.level.inner();
                self.outer.push(std::mem::replace(&mut self.level, inner));
            }
            Token::Close => {
                self.level = self.outer.pop().unwrap_or(self.level);
                self.level.pass();
            }
            Token::Comma if self.level.position == Position::AfterTable => {
                self.level.position = Position::Table;
            }
            Token::Name(_) if told.starts_with('`') => self.level.quoted(),
            Token::Name(name) => self.level.word(name),
            Token::Comma | Token::Other | Token::Space => {}
        }
    }
}

/// What a text is made of.
pub(super) enum Token {
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
            (
                "select extract(day from sales.d), trim(both from sales.x) from sales.t",
                "select extract(day from sales.d), trim(both from sales.x) from old_sales.t",
            ),
            (
                "select 1 from sales.t sales where a is distinct from sales.b",
                "select 1 from old_sales.t sales where a is distinct from sales.b",
            ),
            (
                "with x as (select 1 from sales.t) select distinct a from sales.u, x",
                "with x as (select 1 from old_sales.t) select distinct a from old_sales.u, x",
            ),
            (
                "select 1 from sales.t lateral view explode(sales.m) e as k, v join sales.u",
                "select 1 from old_sales.t lateral view explode(sales.m) e as k, v join old_sales.u",
            ),
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
