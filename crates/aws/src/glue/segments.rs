//! All partitions of a table, read in parallel by segments.
//!
//! The service cuts a table's partitions into up to ten segments that can be read at the same
//! time. Pages come in no order. A server that ignores segments shows every partition once
//! for each: who reads must bear that.

use super::client::Glue;
use super::definitions::Partition;
use super::errors::Failure;
use super::tables::full;
use aws_sdk_glue::types::Segment;
use boatlift_core::Result;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

/// The most segments that the service knows.
const MOST: u8 = 10;

/// Pages of a table's partitions. What reads them ends when this is dropped.
#[derive(Debug)]
pub struct PartitionPages {
    pages: Receiver<Result<Vec<Partition>, Failure>>,
    table: String,
    _readers: JoinSet<()>,
}

impl Iterator for PartitionPages {
    type Item = Result<Vec<Partition>>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.pages.blocking_recv()?;
        Some(
            page.map_err(|failure| {
                failure.into_error("cannot list the partitions of", &self.table)
            }),
        )
    }
}

impl Glue {
    /// Begins to read all partitions of a table in so many segments, at least 1 and at most
    /// 10. There are never more pages in memory than two for each segment.
    #[must_use]
    pub fn partition_pages(&self, database: &str, table: &str, segments: u8) -> PartitionPages {
        let segments = segments.clamp(1, MOST);
        let (sender, pages) = channel(usize::from(segments));
        let mut readers = JoinSet::new();
        for number in 0..segments {
            let (glue, sender) = (self.clone(), sender.clone());
            let (database, table) = (database.to_owned(), table.to_owned());
            let reader = async move {
                let segment = (segments > 1).then_some((number, segments));
                if let Err(failure) = read(&glue, &database, &table, segment, &sender).await {
                    // Nobody listens any more when this fails.
                    let _ = sender.send(Err(failure)).await;
                }
            };
            readers.spawn_on(reader, &self.runtime);
        }
        PartitionPages { pages, table: full(database, table), _readers: readers }
    }
}

async fn read(
    glue: &Glue,
    database: &str,
    table: &str,
    segment: Option<(u8, u8)>,
    to: &Sender<Result<Vec<Partition>, Failure>>,
) -> Result<(), Failure> {
    let segment = segment.map(|(number, of)| {
        let segment = Segment::builder().segment_number(i32::from(number));
        segment.total_segments(i32::from(of)).build()
    });
    let segment = segment.transpose()?;
    let mut token = None;
    loop {
        let request = glue.client.get_partitions().set_catalog_id(glue.catalog.clone());
        let request = request.database_name(database).table_name(table);
        let page = request.set_segment(segment.clone()).set_next_token(token).send().await?;
        let partitions = page.partitions.unwrap_or_default();
        let partitions = partitions.into_iter().map(Partition::from).collect();
        if to.send(Ok(partitions)).await.is_err() {
            return Ok(());
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(());
        }
    }
}
