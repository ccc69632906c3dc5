//! From what the system answered to an error that a person can act on.

pub(crate) use boatlift_core::lane::{Halt, Part};
use boatlift_core::{Code, Error, Retry};
use rustix::io::Errno;
use std::fmt::Display;

/// For `map_err`: an error of kind `code`, unless the system's answer names a kind of
/// its own (no space, denied, a path that would leave its root).
pub(crate) fn failed(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(Errno) -> Error {
    move |errno| {
        Error::new(code_of(errno).unwrap_or(code), tried)
            .on(subject)
            .because(std::io::Error::from(errno))
            .retry(retry_of(errno))
    }
}

/// UPPER did not take extended attributes or an ACL.
pub(crate) fn refused_attributes(subject: impl Display, errno: Errno) -> Error {
    Error::new(Code::AttributesRefused, "cannot set extended attributes or ACL of")
        .on(subject)
        .because(std::io::Error::from(errno))
}

/// The listing or the step was stopped from outside.
pub(crate) fn interrupted() -> Error {
    Error::new(Code::Interrupted, "stopped before the end")
}

fn code_of(errno: Errno) -> Option<Code> {
    match errno {
        Errno::NOSPC | Errno::DQUOT => Some(Code::NoSpace),
        Errno::ACCESS | Errno::PERM => Some(Code::Denied),
        Errno::LOOP | Errno::XDEV => Some(Code::KeyEscapes),
        _ => None,
    }
}

fn retry_of(errno: Errno) -> Retry {
    match errno {
        Errno::IO
        | Errno::STALE
        | Errno::AGAIN
        | Errno::INTR
        | Errno::TIMEDOUT
        | Errno::BUSY
        | Errno::TXTBSY
        | Errno::NFILE
        | Errno::MFILE
        | Errno::NOMEM
        | Errno::NOBUFS
        | Errno::NODEV
        | Errno::NOTCONN
        | Errno::CONNRESET
        | Errno::CONNREFUSED
        | Errno::HOSTUNREACH
        | Errno::HOSTDOWN
        | Errno::NETUNREACH
        | Errno::NETDOWN
        | Errno::SHUTDOWN
        | Errno::REMOTEIO
        | Errno::NOENT => Retry::Later,
        _ => Retry::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_decides_kind_and_retry() {
        for (errno, code, retry) in [
            (Errno::NOSPC, Code::NoSpace, Retry::Never),
            (Errno::DQUOT, Code::NoSpace, Retry::Never),
            (Errno::ACCESS, Code::Denied, Retry::Never),
            (Errno::LOOP, Code::KeyEscapes, Retry::Never),
            (Errno::STALE, Code::WriteFailed, Retry::Later),
            (Errno::ROFS, Code::WriteFailed, Retry::Never),
        ] {
            let error = failed(Code::WriteFailed, "cannot write", "a")(errno);
            assert_eq!((error.code, error.retry), (code, retry), "{errno:?}");
        }
    }
}
