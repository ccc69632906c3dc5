//! What requests and responses say, by service. Names are those of the servers' own
//! description (`idl/` of Apache Pegasus), so that logs and documents can be compared.

mod admin;
mod duplication;
mod records;
mod replicas;
mod scan;
mod tables;

pub use admin::*;
pub use duplication::*;
pub use records::*;
pub use replicas::*;
pub use scan::*;
pub use tables::*;
