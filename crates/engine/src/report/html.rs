//! `report.html`: one file that loads nothing, runs nothing and prints well. All text goes
//! through [`escape`]; names of files are strangers' text.

use super::outline::{Block, Cell, Outline};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
"#;

const STYLE: &str = "<style>
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de;
  --head: #f3f5f7; --good: #1a7f37; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a;
  --line: #3a4148; --head: #20252a; --good: #4cc26b; --bad: #ff7b6b; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
.verdict { border-left: .5rem solid var(--bad); padding: .75rem 1rem; background: var(--head);
  font-size: 1.15rem; }
.verdict.complete { border-color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; }
th { background: var(--head); }
td.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-family: ui-monospace, monospace; unicode-bidi: isolate; overflow-wrap: anywhere;
  white-space: pre-wrap; }
@media print { :root { --ink: #000; --paper: #fff; --head: #f0f0f0; --line: #999; }
  body { max-width: none; margin: 0; font-size: 10pt; } .scroll { overflow: visible; }
  thead { display: table-header-group; } tr { break-inside: avoid; }
  h2 { break-after: avoid; } }
</style>
";

/// The outline as a page.
pub(super) fn render(outline: &Outline) -> String {
    let mut out = String::from(HEAD);
    out += &format!("<title>{}</title>\n{STYLE}</head>\n<body>\n<main>\n", escape(&outline.title));
    out += &format!("<h1>{}</h1>\n", escape(&outline.title));
    let (class, sign) = match outline.complete {
        true => ("verdict complete", "COMPLETE"),
        false => ("verdict", "NOT COMPLETE"),
    };
    let headline = escape(&outline.headline);
    out += &format!("<p class=\"{class}\"><strong>{sign}.</strong> {headline}</p>\n");
    for block in &outline.blocks {
        match block {
            Block::Heading(title) => out += &format!("<h2>{}</h2>\n", escape(title)),
            Block::Paragraph(text) => out += &format!("<p>{}</p>\n", escape(text)),
            Block::Table { head, rows } => table(&mut out, head, rows),
        }
    }
    out + "</main>\n</body>\n</html>\n"
}

fn table(out: &mut String, head: &[&str], rows: &[Vec<Cell>]) {
    *out += "<div class=\"scroll\"><table>\n<thead><tr>";
    for title in head {
        *out += &format!("<th scope=\"col\">{}</th>", escape(title));
    }
    *out += "</tr></thead>\n<tbody>\n";
    for row in rows {
        *out += "<tr>";
        row.iter().for_each(|value| *out += &cell(value));
        *out += "</tr>\n";
    }
    *out += "</tbody>\n</table></div>\n";
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(words) => format!("<td>{}</td>", escape(words)),
        Cell::Amount(number) => format!("<td class=\"amount\">{}</td>", escape(number)),
        Cell::Name(name) => format!("<td><code>{}</code></td>", escape(name)),
    }
}

/// Text that is neither markup nor the end of an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c if c.is_control() && c != '\n' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_escaped_can_be_markup() {
        let hostile = "</code><script>alert('x')</script>\"&lt;\u{1b}";
        let safe = escape(hostile);
        assert!(!safe.contains(['<', '>', '"', '\'', '\u{1b}']), "{safe}");
        assert!(safe.contains("&amp;lt;"), "{safe}");
    }

    #[test]
    fn a_page_loads_and_runs_nothing() {
        let outline = Outline {
            title: "<img src=x>".into(),
            headline: "\"><script>".into(),
            complete: false,
            blocks: vec![Block::Paragraph("<a href=javascript:x>".into())],
        };
        let page = render(&outline);
        for forbidden in ["<script", "<img", "<a ", "src=\"", "url(", "@import", "http:", "https:"]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("default-src 'none'"));
    }
}
