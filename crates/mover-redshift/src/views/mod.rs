//! What a warehouse's system views tell: which files it loaded, scanned and wrote, by which
//! statements, in a window of time.
//!
//! Each view is asked by a simple query of its own, page by page; what belongs together is
//! joined here. Provisioned clusters have `STL_` and `SVL_` views, serverless workgroups and
//! newer clusters `SYS_` views; where both are, both are read, since neither tells all.

mod family;
mod objects;
mod paging;
mod presence;
mod reader;
mod records;
mod stl;
mod sys;
mod tables;
mod visibility;
mod window;

pub use presence::{Presence, View, Views};
pub use reader::{Include, LeftOut, Reader, Scope};
pub use records::{
    CopyStatement, Depth, LoadedFile, Origin, QueryId, Record, SpectrumScan, Spelling, TableUse,
    UnloadedFile,
};
pub use tables::{ExternalSchema, ExternalTable, SchemaKind, external_schemas, external_tables};
pub use visibility::sees_only;
pub use window::{BadWindow, KEPT_DAYS, Window};
