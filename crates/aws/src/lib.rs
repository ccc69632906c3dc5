//! Amazon's services, and those that speak like them: sessions, and buckets as stores.
//!
//! One side of a move has one session: its own credentials, region and endpoint. Nothing of
//! one side's session is ever used for the other, except that the account of UPPER reads
//! from LOWER when it copies inside the server.

pub mod s3;
pub mod session;

mod runtime;
