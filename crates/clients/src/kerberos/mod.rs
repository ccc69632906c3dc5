//! Kerberos logins that last as long as a run.
//!
//! A login owns a ticket cache and keeps a good ticket in it; whoever needs to prove
//! something takes a credential from there. Passwords are not taken: a keytab or a ticket
//! that somebody else got.

mod cache;
mod error;
mod login;
mod renewal;

pub use error::KerberosError;
pub use login::{Login, Source, Status};
