//! Pages of a view, each beginning behind the last row of the one before.
//!
//! No offset is used and no cursor is kept open: rows that are added meanwhile shift nothing,
//! and an answer stays small enough for every way in.

use crate::wire::{Row, Sql, Warehouse};
use boatlift_core::Result;

/// The rows of one page.
pub(super) const ROWS: i64 = 5_000;

/// The key columns of a row, by which pages are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct After(Vec<String>);

impl After {
    /// Adds the condition that a row comes behind this one: the first columns are equal and
    /// the next is greater.
    pub(super) fn condition(&self, mut sql: Sql, columns: &'static [&'static str]) -> Sql {
        sql = sql.then(" and (");
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                sql = sql.then(" or (");
            }
            for (equal, value) in columns.iter().zip(&self.0).take(place) {
                sql = sql.then(equal).then(" = ").text(value).then(" and ");
            }
            sql = sql.then(column).then(" > ").text(&self.0[place]);
            if place > 0 {
                sql = sql.then(")");
            }
        }
        sql.then(")")
    }
}

/// A query that can be asked page by page. Its first columns are those of `key`.
pub(super) struct Paged<'a> {
    /// Everything up to the condition of the page.
    pub(super) begin: Sql,
    /// The columns that order the rows and tell each from all others.
    pub(super) key: &'static [&'static str],
    /// What follows the condition: grouping.
    pub(super) group: &'static str,
    /// The order, by the same columns.
    pub(super) order: &'static str,
    /// Rows of one page.
    pub(super) rows: i64,
    /// Who takes the rows.
    pub(super) each: &'a mut dyn FnMut(&Row) -> Result<()>,
}

impl Paged<'_> {
    /// Reads all pages.
    pub(super) fn read(self, warehouse: &mut dyn Warehouse) -> Result<()> {
        let mut after: Option<After> = None;
        loop {
            let mut sql = self.begin.clone();
            if let Some(after) = &after {
                sql = after.condition(sql, self.key);
            }
            sql = sql.then(self.group).then(" order by ").then(self.order);
            sql = sql.then(" limit ").number(self.rows);
            let (mut rows, mut last) = (0, None);
            warehouse.query(&sql, &mut |row| {
                rows += 1;
                let key = (0..self.key.len()).map(|at| row.raw(at).unwrap_or_default().to_owned());
                last = Some(After(key.collect()));
                (self.each)(&row)
            })?;
            // A page that ends where the last one did would come for ever.
            if rows < self.rows || last == after {
                return Ok(());
            }
            after = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_behind_the_last_row() {
        let after = After(vec!["7".into(), "it's".into(), "p".into()]);
        let sql = after.condition(Sql::new("where true"), &["query", "bucket", "prefix"]);
        let expected = "where true and (query > '7' or (query = '7' and bucket > 'it''s') \
                        or (query = '7' and bucket = 'it''s' and prefix > 'p'))";
        assert_eq!(sql.as_str(), expected);
    }
}
