//! The log of notifications: what changed in the metastore since when.
//!
//! A server keeps it only with `DbNotificationListener` among its listeners, and for some
//! time: an event that is asked for too late is gone without an error.

use crate::thrift::Struct;

use super::client::Metastore;
use super::error::MetastoreError;
use super::methods;
use super::objects::{Event, Malformed};

impl Metastore {
    /// The id of the newest event; 0 when there never was one. `None` when the server does
    /// not know events.
    pub fn newest_event(&mut self) -> Result<Option<i64>, MetastoreError> {
        let method = methods::CURRENT_EVENT;
        let Some(value) = self.probe(method, Struct::new())? else {
            return Ok(None);
        };
        let id = value.as_struct().and_then(|result| result.i64(1));
        let id = id.ok_or(Malformed::Missing("the event's id"));
        id.map(Some).map_err(|error| self.malformed(method, error))
    }

    /// At most `most` events after the one with the id `after`, oldest first.
    ///
    /// A first id above `after + 1` may mean that events were lost; ids of a server that
    /// keeps its log in order have no holes.
    pub fn events_after(&mut self, after: i64, most: i32) -> Result<Vec<Event>, MetastoreError> {
        let request = Struct::new().with(1, after).with(2, most);
        let method = methods::NEXT_EVENTS;
        let value = self.call(method, Struct::new().with(1, request))?;
        let events = self.first_field(method, value)?;
        self.objects(method, Some(events), Event::from_raw)
    }
}
