//! A report as a sequence of blocks, from which Markdown and HTML are rendered alike: what
//! a person reads does not depend on the format.

mod history;
mod items;
mod work;

use super::model::Findings;
use crate::wording::count;

/// A whole report.
pub(super) struct Outline {
    pub(super) title: String,
    pub(super) headline: String,
    pub(super) complete: bool,
    pub(super) blocks: Vec<Block>,
}

/// One block.
pub(super) enum Block {
    Heading(String),
    Paragraph(String),
    Table { head: Vec<&'static str>, rows: Vec<Vec<Cell>> },
}

/// One cell of a table.
pub(super) enum Cell {
    /// Words, perhaps of other people or of systems.
    Text(String),
    /// A key, a path or another literal name.
    Name(String),
    /// An amount, aligned to the right.
    Amount(String),
}

/// The outline of a report.
pub(super) fn of(findings: &Findings) -> Outline {
    let mut page = Page::default();
    page.move_itself(findings);
    findings.plans.iter().for_each(|plan| page.plan(plan));
    page.work(&findings.stages);
    page.proof(findings);
    page.verifications(&findings.verifications);
    page.removals(findings);
    page.holes(&findings.holes);
    page.classes("Items that did not come out well", &findings.attention, Page::noted);
    page.classes("Differences to know of", &findings.differences, Page::differing);
    page.decisions(&findings.decisions);
    page.runs(&findings.runs);
    page.passes(&findings.passes);
    page.leavings(&findings.leavings);
    Outline {
        title: format!("Report on {}", findings.name),
        headline: findings.headline.clone(),
        complete: findings.complete,
        blocks: page.blocks,
    }
}

/// The blocks so far.
#[derive(Default)]
struct Page {
    blocks: Vec<Block>,
}

impl Page {
    fn heading(&mut self, title: &str) {
        self.blocks.push(Block::Heading(title.to_owned()));
    }

    fn text(&mut self, text: String) {
        self.blocks.push(Block::Paragraph(text));
    }

    fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Cell>>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Table { head: head.to_vec(), rows });
        }
    }

    fn list(&mut self, head: &[&'static str], rows: Vec<Vec<Cell>>, none: &str) {
        if rows.is_empty() {
            self.text(none.to_owned());
        }
        self.table(head, rows);
    }

    fn more(&mut self, more: u64, place: &str) {
        if more > 0 {
            self.text(format!("And {} more: see {place}.", count(more)));
        }
    }

    fn earlier(&mut self, earlier: usize) {
        if earlier > 0 {
            self.text(format!("And {} before: see report.json.", count(earlier as u64)));
        }
    }
}

fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

fn name(literal: &str) -> Cell {
    Cell::Name(literal.to_owned())
}

fn amount(number: String) -> Cell {
    Cell::Amount(number)
}
