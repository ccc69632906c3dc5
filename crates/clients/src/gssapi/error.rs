//! What went wrong, in the library's words: its major status says what kind, the minor one
//! why.

use std::ffi::c_int;

use super::library::{Buffer, KERBEROS, Library, Oid};

/// Messages that one status may have; MIT gives one or two.
const MOST_MESSAGES: usize = 8;
/// `GSS_C_GSS_CODE`.
const MAJOR: c_int = 1;
/// `GSS_C_MECH_CODE`.
const MINOR: c_int = 2;

/// Why something with GSSAPI failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GssError {
    /// The machine has no library.
    #[error(
        "cannot load MIT Kerberos: install libgssapi-krb5-2 (Debian, Ubuntu) or krb5-libs (RHEL, SUSE): {reason}"
    )]
    Missing {
        /// What the dynamic linker said.
        reason: String,
    },
    /// The library lacks a function.
    #[error("the GSSAPI library has no {symbol}: MIT Kerberos 1.11 or newer is needed")]
    Outdated {
        /// The function.
        symbol: &'static str,
    },
    /// A function of the library failed.
    #[error("{attempt} failed: {reason}")]
    Failed {
        /// What was tried, on what.
        attempt: String,
        /// The major status.
        major: u32,
        /// The minor status, a Kerberos error code.
        minor: u32,
        /// What both mean.
        reason: String,
    },
    /// Text that C cannot hold.
    #[error("{what} has a zero byte")]
    ZeroByte {
        /// Which text.
        what: &'static str,
    },
    /// The other side did what the protocol does not allow.
    #[error("{0}")]
    Protocol(&'static str),
}

impl GssError {
    /// Turns a status into an error.
    pub(super) fn of(library: &Library, attempt: String, major: u32, minor: u32) -> Self {
        let mut reason = describe(library, major, MAJOR);
        if minor != 0 {
            reason = format!("{reason}: {}", describe(library, minor, MINOR));
        }
        Self::Failed { attempt, major, minor, reason }
    }
}

/// Whether a major status says failure: calling or routine error.
pub(super) fn is_failure(major: u32) -> bool {
    major & 0xffff_0000 != 0
}

#[allow(unsafe_code, reason = "the texts come from the C library")]
fn describe(library: &Library, status: u32, kind: c_int) -> String {
    let mechanism = Oid::lend(KERBEROS);
    let mut texts = Vec::new();
    let mut more = 0;
    for _ in 0..MOST_MESSAGES {
        let (mut minor, mut text) = (0, Buffer::empty());
        // SAFETY: every pointer is to a local that outlives the call.
        let major = unsafe {
            (library.display_status)(
                &raw mut minor,
                status,
                kind,
                &raw const mechanism,
                &raw mut more,
                &raw mut text,
            )
        };
        if is_failure(major) {
            break;
        }
        texts.push(String::from_utf8_lossy(&library.take(text)).into_owned());
        if more == 0 {
            break;
        }
    }
    texts.join(": ")
}
