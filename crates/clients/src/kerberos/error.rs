//! Why there is no ticket.

use std::path::PathBuf;

use crate::gssapi::GssError;

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum KerberosError {
    /// The keytab cannot be read.
    #[error("cannot read the keytab {}", path.display())]
    Keytab {
        /// The keytab.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// There is no place for the ticket cache.
    #[error("cannot make the ticket cache {}", path.display())]
    Cache {
        /// The cache's file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// No ticket from the keytab.
    #[error("Kerberos login failed")]
    Login(#[source] GssError),
    /// The ticket cache that was to be used holds nothing usable.
    #[error("no Kerberos ticket in {cache}")]
    Ticket {
        /// The cache.
        cache: String,
        /// Why.
        #[source]
        error: GssError,
    },
    /// The ticket that was to be used has expired.
    #[error("the Kerberos ticket in {cache} has expired")]
    Expired {
        /// The cache.
        cache: String,
    },
    /// A ticket could not be renewed.
    #[error("cannot renew the Kerberos ticket in {cache}: {reason}")]
    Renewal {
        /// The cache.
        cache: String,
        /// What `kinit` said, or why it did not run.
        reason: String,
    },
    /// The thread that renews could not start.
    #[error("cannot start the thread that renews Kerberos tickets")]
    Thread(#[source] std::io::Error),
}

impl KerberosError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Keytab { .. } => {
                Some("the keytab must be readable for the user that runs boatlift")
            }
            Self::Ticket { .. } | Self::Expired { .. } => {
                Some("run kinit, or set a keytab so that tickets are fetched by boatlift itself")
            }
            Self::Login(GssError::Missing { .. }) => None,
            Self::Login(_) => Some(
                "compare the principal with `klist -kt KEYTAB` and the realm's addresses in /etc/krb5.conf",
            ),
            Self::Renewal { .. } => {
                Some("set a keytab: a ticket can be renewed only until its renewal limit")
            }
            Self::Cache { .. } | Self::Thread(_) => None,
        }
    }
}
