//! Amazon's services, and those that speak like them: sessions, buckets as stores, and the
//! Data Catalog.
//!
//! One side of a move has one session: its own credentials, region and endpoint. Nothing of
//! one side's session is ever used for the other, except that the account of UPPER reads
//! from LOWER when it copies inside the server.

pub mod authorities;
pub mod glue;
pub mod redshift;
pub mod redshift_data;
pub mod s3;
pub mod session;

mod answers;
mod calls;
mod runtime;
