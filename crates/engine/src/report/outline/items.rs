//! Items and parts that a report shows one by one.

use super::{Page, amount, name, text};
use crate::report::FIRST;
use crate::report::model::{HoleFound, Listed, Row};
use crate::wording::{bytes, counted};

impl Page {
    pub(super) fn holes(&mut self, holes: &[HoleFound]) {
        self.heading("Parts that could not be listed");
        let shown = holes.iter().take(FIRST);
        let rows: Vec<_> = shown
            .map(|hole| {
                let under = if hole.under.is_empty() { "(the root)" } else { &hole.under };
                vec![
                    text(&hole.side.to_string()),
                    name(under),
                    text(hole.error.code.as_str()),
                    text(&hole.error.to_string()),
                ]
            })
            .collect();
        self.list(&["side", "under", "code", "error"], rows, "None was met.");
        self.more(holes.len().saturating_sub(FIRST) as u64, "report.json");
    }

    pub(super) fn classes(
        &mut self,
        title: &str,
        classes: &[Listed],
        table: fn(&mut Page, &[Row]),
    ) {
        self.heading(title);
        if classes.is_empty() {
            self.text("None.".to_owned());
        }
        for listed in classes {
            self.text(format!(
                "{}: {} ({}).",
                listed.class,
                counted(listed.entries, "entry"),
                listed.meaning
            ));
            table(self, &listed.first);
            self.more(listed.more, "report.csv, as far as they are known one by one");
        }
    }

    pub(super) fn noted(&mut self, first: &[Row]) {
        let rows = first.iter().map(|row| {
            vec![
                name(&row.key),
                text(row.stage.as_deref().unwrap_or_default()),
                amount(row.attempts.map(|attempts| attempts.to_string()).unwrap_or_default()),
                text(row.error_code.map(|code| code.as_str()).unwrap_or_default()),
                text(row.reason.as_deref().unwrap_or_default()),
            ]
        });
        let rows = rows.collect::<Vec<_>>();
        self.table(&["key", "stage", "attempts", "code", "reason"], rows);
    }

    pub(super) fn differing(&mut self, first: &[Row]) {
        let rows = first.iter().map(|row| {
            vec![
                name(&row.key),
                text(row.kind.unwrap_or_default()),
                amount(row.size.map(bytes).unwrap_or_default()),
                text(row.action.unwrap_or("left as it is")),
                text(&row.state),
                row.moved_from.as_deref().map_or_else(|| text(""), name),
            ]
        });
        let rows = rows.collect::<Vec<_>>();
        self.table(&["key", "kind", "size", "action", "state", "moved from"], rows);
    }
}
