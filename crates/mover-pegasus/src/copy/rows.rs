//! The rows of some partitions of one side, in the order of their keys.

use super::classes::Classes;
use crate::verify::Cursor;
use boatlift_clients::pegasus::{Record, Table};
use boatlift_core::error::Result;
use boatlift_core::lane::{Pace, Part};
use boatlift_core::side::Side;
use std::sync::Arc;

/// A row-wise merge of partitions: a row is in one of them alone.
pub(super) struct Rows<'a> {
    partitions: Vec<Cursor<'a>>,
    /// The partition that has the next row.
    next: Option<usize>,
}

impl<'a> Rows<'a> {
    /// The rows of a class of `table`, which is on `side`, from a key on.
    pub(super) fn of(
        (table, side): (&Arc<Table>, Side),
        (classes, class): (Classes, u32),
        from: Option<&[u8]>,
        pace: &'a dyn Pace,
    ) -> Result<Rows<'a>> {
        let partitions: Vec<u32> = match side {
            Side::Lower => classes.of_lower(class).collect(),
            Side::Upper => classes.of_upper(class).collect(),
        };
        let cursors = partitions
            .into_iter()
            .map(|partition| Cursor::new(Arc::clone(table), partition, side, pace, from));
        Ok(Rows { partitions: cursors.collect::<Result<_>>()?, next: None })
    }

    /// The next row, which stays the next.
    pub(super) async fn peek(&mut self) -> Part<Option<&Record>> {
        for partition in &mut self.partitions {
            partition.peek().await?;
        }
        let rows = self.partitions.iter().map(Cursor::front).enumerate();
        let rows = rows.filter_map(|(number, row)| Some((row?.key.as_slice(), number)));
        self.next = rows.min().map(|(_, number)| number);
        Ok(self.next.and_then(|number| self.partitions[number].front()))
    }

    /// Takes the row that `peek` showed.
    pub(super) fn take(&mut self) -> Option<Record> {
        self.next.take().and_then(|number| self.partitions[number].take())
    }
}
