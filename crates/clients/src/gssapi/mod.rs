//! GSSAPI with Kerberos, from the C library that the machine has.
//!
//! MIT Kerberos is opened when it is first needed, so that neither building nor running
//! without Kerberos asks for it. Only the initiating side is here.
//! Sources: RFC 2743, RFC 2744, RFC 4121; MIT krb5 1.11 for credential stores.

mod context;
mod credential;
mod error;
mod library;
mod name;

pub use context::{Context, Sealing, Step};
pub use credential::{Credential, Lifetime, Store};
pub use error::GssError;
pub use name::{Name, expand_host};

/// Whether the library is there.
///
/// # Errors
/// Says which package has it.
pub fn check() -> Result<(), GssError> {
    library::library().map(drop)
}
