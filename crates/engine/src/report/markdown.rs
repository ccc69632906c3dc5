//! `report.md`: GitHub-flavoured Markdown. Names of files are strangers' text: whatever
//! they hold, they stay inside their code span and their cell.

use super::outline::{Block, Cell, Outline};
use crate::wording::one_line;

/// The outline as Markdown.
pub(super) fn render(outline: &Outline) -> String {
    let sign = if outline.complete { "COMPLETE" } else { "NOT COMPLETE" };
    let mut out = format!("# {}\n\n", plain(&outline.title));
    out += &format!("> **{sign}.** {}\n", plain(&outline.headline));
    for block in &outline.blocks {
        out.push('\n');
        match block {
            Block::Heading(title) => out += &format!("## {}\n", plain(title)),
            Block::Paragraph(text) => out += &format!("{}\n", plain(text)),
            Block::Table { head, rows } => table(&mut out, head, rows),
        }
    }
    out
}

fn table(out: &mut String, head: &[&str], rows: &[Vec<Cell>]) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    *out += &line(head.iter().map(|title| plain(title)).collect());
    let right =
        |column: usize| rows.iter().all(|row| matches!(row.get(column), Some(Cell::Amount(_))));
    let rule = (0..head.len()).map(|column| if right(column) { "---:" } else { "---" });
    *out += &line(rule.map(str::to_owned).collect());
    for row in rows {
        *out += &line(row.iter().map(cell).collect());
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(words) | Cell::Amount(words) => plain(words),
        Cell::Name(name) => code(name).replace('|', "\\|"),
    }
}

/// Text in which nothing is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' | '~' | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A code span that no run of backticks in `name` can end.
fn code(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let name = one_line(name);
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {name} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_of_backticks_ends_a_code_span() {
        assert_eq!(code("plain"), "` plain `");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("```"), "```` ``` ````");
    }

    #[test]
    fn a_name_stays_in_its_cell() {
        let hostile = Cell::Name("a|b\n| # c".to_owned());
        assert_eq!(cell(&hostile), "` a\\|b\\n\\| # c `");
    }

    #[test]
    fn words_of_others_are_no_markup() {
        let words = "[x](http://e) <b> **now**\n# title | `c` &amp; ~~no~~";
        let safe = plain(words);
        assert_eq!(
            safe,
            "\\[x\\](http://e) \\<b\\> \\*\\*now\\*\\*\\\\n\\# title \\| \\`c\\` \\&amp; \\~\\~no\\~\\~"
        );
    }
}
