//! Which tables and views the text of a view names, and in which order views are made so that
//! each finds what it names.
//!
//! A text is read as it is for renaming: word by word, what stands where a table stands. That
//! may find too much, such as the name of a `WITH` query, and never more than an order
//! follows from it: what is not among the views is passed over, and a circle is broken.

use super::views::{Reader, Token};
use boatlift_clients::metastore::Table;
use std::collections::{BTreeMap, BTreeSet};

/// A view: database and name.
pub(crate) type ViewName = (String, String);

/// What the text of a view names, in lower case; a bare name is one of its own database.
pub(crate) fn references(view: &Table) -> BTreeSet<ViewName> {
    let text = view.view_expanded_text().or(view.view_original_text()).unwrap_or_default();
    let mut reader = Reader::new(text);
    let mut found = BTreeSet::new();
    let mut led_by: Option<String> = None;
    while let Some(read) = reader.next() {
        let Token::Name(name) = read.token else { continue };
        let name = name.to_lowercase();
        let is_led = read.before.ends_with('.');
        match led_by.take().filter(|_| is_led) {
            Some(database) => drop(found.insert((database, name))),
            None if read.is_table && read.after.starts_with('.') => led_by = Some(name),
            None if read.is_table => drop(found.insert((view.database().to_lowercase(), name))),
            None => {}
        }
    }
    found
}

/// The views in levels: all that one of them names stands in levels before its own. Those
/// that name each other in a circle, and what names them, come last together.
pub(crate) fn levels(views: &BTreeMap<ViewName, BTreeSet<ViewName>>) -> Vec<Vec<ViewName>> {
    let mut open: BTreeMap<&ViewName, usize> = BTreeMap::new();
    let mut named_by: BTreeMap<&ViewName, Vec<&ViewName>> = BTreeMap::new();
    for (view, references) in views {
        let others = references.iter().filter(|name| *name != view && views.contains_key(*name));
        let others: Vec<&ViewName> = others.collect();
        open.insert(view, others.len());
        others.into_iter().for_each(|other| named_by.entry(other).or_default().push(view));
    }
    let mut levels = Vec::new();
    loop {
        let ready = open.iter().filter(|(_, names)| **names == 0).map(|(view, _)| *view);
        let mut level: Vec<&ViewName> = ready.collect();
        if level.is_empty() {
            level.extend(open.keys());
        }
        if level.is_empty() {
            return levels;
        }
        for view in &level {
            open.remove(view);
            for other in named_by.get(view).into_iter().flatten() {
                if let Some(names) = open.get_mut(other) {
                    *names -= 1;
                }
            }
        }
        levels.push(level.into_iter().cloned().collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let mut view = Table::new("d", "v");
        view.set_view_expanded_text(Some(text));
        references(&view).into_iter().map(|(database, name)| format!("{database}.{name}")).collect()
    }

    #[test]
    fn what_stands_where_a_table_stands_is_named() {
        assert_eq!(names("select `t`.`id` from `d`.`t`"), ["d.t"]);
        assert_eq!(
            names("select a.x from T a, other.`u` join c on a.b = c.d"),
            ["d.c", "d.t", "other.u"]
        );
        assert_eq!(names("select 1 from (select * from e . f) s"), ["d.e", "d.select"]);
        assert_eq!(
            names("select extract(day from a.b) from t -- from x\n where 'from y' = z"),
            ["d.t"]
        );
        assert_eq!(names("select 1"), [""; 0]);
    }

    fn views(named: &[(&str, &[&str])]) -> Vec<Vec<String>> {
        let name = |view: &str| ("d".to_owned(), view.to_owned());
        let views = named
            .iter()
            .map(|(view, others)| (name(view), others.iter().map(|other| name(other)).collect()));
        let levels = levels(&views.collect());
        levels.into_iter().map(|level| level.into_iter().map(|(_, view)| view).collect()).collect()
    }

    #[test]
    fn a_view_follows_those_that_it_names() {
        assert_eq!(
            views(&[("a", &["b", "a", "unknown"]), ("b", &["c"]), ("c", &[]), ("z", &[])]),
            [vec!["c", "z"], vec!["b"], vec!["a"]]
        );
    }

    #[test]
    fn views_in_a_circle_come_last() {
        assert_eq!(
            views(&[("a", &["b"]), ("b", &["a"]), ("c", &["a"]), ("d", &[])]),
            [vec!["d"], vec!["a", "b", "c"]]
        );
    }
}
