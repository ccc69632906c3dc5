//! What a metastore holds: typed views of structs that keep every field.
//!
//! An object is checked once, when it comes: the fields that have a getter here are of the
//! type that the interface says, and their texts are UTF-8. Fields that this program does
//! not know are neither looked at nor lost.

mod database;
mod event;
mod function;
mod macros;
mod partition;
mod privilege;
mod shape;
mod statistics;
mod storage;
mod table;

pub use database::Database;
pub use event::Event;
pub use function::Function;
pub use partition::Partition;
pub use privilege::{Grant, ObjectReference, PrincipalKind};
pub use shape::Malformed;
pub use statistics::ColumnStatistics;
pub use storage::{Column, Stored};
pub use table::Table;
