//! Everything that a report knows of a group's items, one by one in key order: what both
//! sides agreed on, and what the newest plan found to differ. For movers' own reports, which
//! sum items up by what they mean. A page at a time.

use super::Report;
use super::model::Row;
use super::rows::Digests;
use crate::segment::{Segment, SegmentCursor};
use boatlift_core::{Key, KeyBuf, Result};
use std::ops::ControlFlow;

/// What is known of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Known<'k> {
    /// Its key.
    pub key: Key<'k>,
    /// Whether both sides agreed on it at the last receipts.
    pub is_agreed: bool,
    /// What the newest plan says of it; absent when it was the same on both sides.
    pub row: Option<&'k Row>,
}

/// Which items are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that differed, and those that were agreed on.
    All,
    /// Those that differed when the newest plan was made.
    Differing,
}

impl Report<'_> {
    /// Shows the items of a group, in the order of routes and keys, until `show` breaks off.
    /// Of a group whose plan's segment is gone, only what was agreed on is known.
    ///
    /// # Errors
    /// When a segment cannot be read, and what `show` fails with.
    pub fn each_known(
        &self,
        group: u32,
        which: Which,
        show: &mut dyn FnMut(Known<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let wanted = |number: u64| {
            let mut plans = self.findings.plans.iter();
            plans.any(|plan| plan.number == number && plan.group == group)
        };
        let mut agreed = Agreed::new(Vec::new())?;
        if which == Which::All {
            let of_group = self.rows.agreed().iter().filter(|((of, _), _)| *of == group);
            agreed = Agreed::new(
                of_group.map(|((_, route), agreed)| (*route, agreed.clone())).collect(),
            )?;
        }
        let mut broken = false;
        self.rows.each(&self.findings, Digests::Without, &mut |row| {
            if !wanted(row.plan) {
                return Ok(ControlFlow::Continue(()));
            }
            let key = read_back(&row);
            let mut flow = agreed.before(row.route, &key, show)?;
            if flow.is_continue() {
                let is_agreed = agreed.takes(row.route, &key)?;
                flow = show(Known { key: key.as_key(), is_agreed, row: Some(&row) })?;
            }
            broken = flow.is_break();
            Ok(flow)
        })?;
        match broken {
            true => Ok(()),
            false => agreed.rest(show),
        }
    }
}

/// A row has its key escaped.
fn read_back(row: &Row) -> KeyBuf {
    KeyBuf::unescape(&row.key).unwrap_or_else(|_| KeyBuf::from(row.key.as_bytes()))
}

/// What was agreed on, route after route.
struct Agreed {
    routes: Vec<(u32, SegmentCursor)>,
}

type Show<'s> = &'s mut dyn FnMut(Known<'_>) -> Result<ControlFlow<()>>;

impl Agreed {
    fn new(segments: Vec<(u32, Segment)>) -> Result<Agreed> {
        let opened =
            segments.into_iter().map(|(route, s)| Ok((route, SegmentCursor::new(Some(s))?)));
        Ok(Agreed { routes: opened.collect::<Result<_>>()? })
    }

    /// Shows what comes before a key of a route.
    fn before(&mut self, route: u32, key: &KeyBuf, show: Show<'_>) -> Result<ControlFlow<()>> {
        for (of, cursor) in self.routes.iter_mut().filter(|(of, _)| *of <= route) {
            while let Some(entry) = cursor.peek() {
                if *of == route && entry.key >= key.as_key() {
                    break;
                }
                if show(Known { key: entry.key, is_agreed: true, row: None })?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                cursor.advance()?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether a key that is next was agreed on; it is not shown again.
    fn takes(&mut self, route: u32, key: &KeyBuf) -> Result<bool> {
        for (_, cursor) in self.routes.iter_mut().filter(|(of, _)| *of == route) {
            if cursor.peek().is_some_and(|entry| entry.key == key.as_key()) {
                cursor.advance()?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn rest(&mut self, show: Show<'_>) -> Result<()> {
        for (_, cursor) in &mut self.routes {
            while let Some(entry) = cursor.peek() {
                if show(Known { key: entry.key, is_agreed: true, row: None })?.is_break() {
                    return Ok(());
                }
                cursor.advance()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::story::{Carrier, clean, troubled};

    fn known(report: &Report<'_>, which: Which) -> Vec<(Vec<u8>, bool, Option<String>)> {
        let mut all = Vec::new();
        let shown = report.each_known(0, which, &mut |known| {
            let state = known.row.map(|row| row.state.to_string());
            all.push((known.key.as_bytes().to_vec(), known.is_agreed, state));
            Ok(ControlFlow::Continue(()))
        });
        shown.expect("shown");
        all
    }

    #[test]
    fn what_was_agreed_on_and_what_differed_come_merged() {
        let directory = tempfile::tempdir().expect("a directory");
        let story = clean(directory.path());
        let view = story.view();
        let report =
            Report::build(&view, story.events.clone(), &Carrier, directory.path()).expect("built");
        let done = || Some("done".to_owned());
        assert_eq!(
            known(&report, Which::All),
            [
                (b"a".to_vec(), true, done()),
                (b"b/".to_vec(), false, done()),
                (b"b/c".to_vec(), true, done()),
            ]
        );
        assert_eq!(known(&report, Which::Differing).len(), 3);
    }

    #[test]
    fn names_are_shown_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let story = troubled(directory.path());
        let report = Report::build(&story.view(), story.events.clone(), &Carrier, directory.path());
        let known = known(&report.expect("built"), Which::All);
        assert!(known.iter().any(|(key, ..)| key == b"not-utf8-\xff\xfe"));
        let agreed: Vec<_> = known.iter().filter(|(_, agreed, _)| *agreed).collect();
        assert_eq!(agreed.len(), 1, "{agreed:?}");
        assert_eq!(agreed[0].0, b"back\\slash");
    }
}
