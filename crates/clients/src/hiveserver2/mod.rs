//! HiveServer2: sessions, statements and their rows.
//!
//! One session lives on one connection and does one statement at a time. Nothing is sent a
//! second time after a failure. The text of statements is never logged.
//! Source of methods, fields and numbers: Hive, `TCLIService.thrift`, versions 1.2 to 4.0.

mod client;
mod columns;
mod decode;
mod error;
mod operation;
mod protocol;
mod rows;
mod session;
mod statement;
mod url;
mod watch;

pub use columns::ColumnDescription;
pub use error::{HiveError, ServerError};
pub use protocol::Version;
pub use rows::{Cell, Row, Rows};
pub use session::Session;
pub use statement::{Finished, Statement};
pub use url::{Credentials, Target, Url, UrlError};
pub use watch::{Progress, Unwatched, Watcher};
