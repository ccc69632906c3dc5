//! Notifications.

use crate::thrift::Kind;

use super::macros::object;
use super::shape::{Field, Shape};

const FIELDS: &[Field] = &[
    Field::needed(1, "an event's id", Shape::Plain(Kind::I64)),
    Field::needed(2, "an event's time", Shape::Plain(Kind::I32)),
    Field::needed(3, "an event's type", Shape::Text),
    Field::free(4, "an event's database", Shape::Text),
    Field::free(5, "an event's table", Shape::Text),
    Field::free(6, "an event's message", Shape::Text),
    Field::free(7, "the format of an event's message", Shape::Text),
];

object!(
    /// Something that changed in a metastore.
    Event,
    FIELDS
);

impl Event {
    /// Its place in the log.
    pub fn id(&self) -> i64 {
        self.0.i64(1).unwrap_or_default()
    }

    /// When it happened, in seconds since 1970.
    pub fn seconds(&self) -> i32 {
        self.0.i32(2).unwrap_or_default()
    }

    /// What happened: `CREATE_TABLE`, `ALTER_PARTITION`, `INSERT` and so on.
    pub fn event_type(&self) -> &str {
        self.0.string(3).unwrap_or_default()
    }

    /// The database that it concerns.
    pub fn database(&self) -> Option<&str> {
        self.0.string(4)
    }

    /// The table that it concerns.
    pub fn table(&self) -> Option<&str> {
        self.0.string(5)
    }

    /// The details, in the format that [`Self::message_format`] names.
    pub fn message(&self) -> &str {
        self.0.string(6).unwrap_or_default()
    }

    /// The format of the message: `json-0.2`, `gzip(json-2.0)`; absent on old servers.
    pub fn message_format(&self) -> Option<&str> {
        self.0.string(7)
    }
}
