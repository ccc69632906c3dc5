//! From what HDFS answered to an error that a person can act on.

pub(crate) use boatlift_core::lane::{Halt, Part};
use boatlift_core::{Code, Error, Retry};
use hdfs_native::HdfsError;
use std::fmt::Display;

/// What the client answers.
pub(crate) type Answer<T> = Result<T, HdfsError>;

/// For `map_err`: an error of kind `code`, unless the answer names a kind of its own (no
/// space, denied, a name that HDFS does not take).
pub(crate) fn failed(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(HdfsError) -> Error {
    move |answer| {
        Error::new(code_of(&answer).unwrap_or(code), tried)
            .on(subject)
            .because(reason(&answer))
            .retry(retry_of(&answer))
    }
}

/// The same for roots, whose code says what is lost without them.
pub(crate) fn root_failed(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(HdfsError) -> Error {
    move |answer| Error { code, ..failed(code, tried, subject)(answer) }
}

/// The same for the first question to a cluster: whether it is not there, or refuses us.
pub(crate) fn not_reached(
    code: Code,
    tried: &'static str,
    subject: impl Display,
) -> impl FnOnce(HdfsError) -> Error {
    move |answer| {
        let code = match &answer {
            HdfsError::IOError(_) => Code::ServerUnreachable,
            answer if is_login(answer) => Code::ServerRefused,
            _ => code,
        };
        root_failed(code, tried, subject)(answer)
    }
}

/// What the answer says, without the server's stack.
pub(crate) fn reason(answer: &HdfsError) -> String {
    let text = match answer {
        HdfsError::RPCError(class, message) | HdfsError::FatalRPCError(class, message) => {
            let class = class.rsplit(['.', '$']).next().unwrap_or(class);
            format!("{} ({class})", first_line(message))
        }
        HdfsError::GSSAPIError(_, _, message) => format!("Kerberos: {message}"),
        HdfsError::IOError(error) => error.to_string(),
        other => other.to_string(),
    };
    first_line(&text).to_owned()
}

/// Whether the answer is that nothing is there.
pub(crate) fn is_missing(answer: &HdfsError) -> bool {
    matches!(answer, HdfsError::FileNotFound(_)) || is_class(answer, &["FileNotFoundException"])
}

/// Whether nothing can be there: the name is none of HDFS', or a file is in the way to it.
pub(crate) fn is_nowhere(answer: &HdfsError) -> bool {
    is_missing(answer)
        || matches!(answer, HdfsError::InvalidPath(_))
        || is_class(answer, &["InvalidPathException", "ParentNotDirectoryException"])
}

/// Whether a directory was not removed because something is in it.
pub(crate) fn is_not_empty(answer: &HdfsError) -> bool {
    is_class(answer, &["PathIsNotEmptyDirectoryException"])
}

/// Whether the NameNode keeps no ACLs at all (`dfs.namenode.acls.enabled`).
pub(crate) fn has_no_acls(answer: &HdfsError) -> bool {
    is_class(answer, &["AclException"]) && reason(answer).contains("disabled")
}

/// Whether the NameNode denies it.
pub(crate) fn is_denied(answer: &HdfsError) -> bool {
    is_class(answer, &["AccessControlException", "AuthorizationException"])
}

/// Whether a file is where a directory should be, or the other way round.
pub(crate) fn is_in_the_way(answer: &HdfsError) -> bool {
    matches!(answer, HdfsError::AlreadyExists(_) | HdfsError::IsADirectoryError(_))
        || is_class(answer, &["ParentNotDirectoryException", "FileAlreadyExistsException"])
        || (is_class(answer, &["IllegalStateException"])
            && reason(answer).contains("not a directory"))
}

/// The listing or the step was stopped from outside.
pub(crate) fn interrupted() -> Error {
    Error::new(Code::Interrupted, "stopped before the end")
}

/// Whether the login failed, not the question.
fn is_login(answer: &HdfsError) -> bool {
    matches!(
        answer,
        HdfsError::SASLError(_) | HdfsError::GSSAPIError(..) | HdfsError::NoSASLMechanism
    )
}

fn code_of(answer: &HdfsError) -> Option<Code> {
    let quota = ["NSQuotaExceededException", "DSQuotaExceededException", "QuotaExceededException"];
    let names = ["InvalidPathException", "PathComponentTooLongException", "FSLimitException"];
    if is_class(answer, &quota) || is_class(answer, &["QuotaByStorageTypeExceededException"]) {
        Some(Code::NoSpace)
    } else if is_denied(answer) || is_login(answer) {
        Some(Code::Denied)
    } else if is_class(answer, &names) || is_class(answer, &["HadoopIllegalArgumentException"]) {
        Some(Code::Unsupported)
    } else if is_in_the_way(answer) {
        Some(Code::InTheWay)
    } else {
        None
    }
}

fn retry_of(answer: &HdfsError) -> Retry {
    let passes = [
        "SafeModeException",
        "StandbyException",
        "RetriableException",
        "LeaseExpiredException",
        "AlreadyBeingCreatedException",
        "RecoveryInProgressException",
        "NotReplicatedYetException",
        "FileNotFoundException",
        "ConnectException",
    ];
    // The NameNode says this when no DataNode is up, or none has room just now.
    let nowhere_to_write = reason(answer).contains("could only be");
    match answer {
        HdfsError::IOError(_)
        | HdfsError::DataTransferError(_)
        | HdfsError::ChecksumError
        | HdfsError::BlocksNotFound(_)
        | HdfsError::FileNotFound(_)
        | HdfsError::OperationFailed(_) => Retry::Later,
        answer if nowhere_to_write || is_class(answer, &passes) || is_in_the_way(answer) => {
            Retry::Later
        }
        _ => Retry::Never,
    }
}

/// Whether the server threw one of these. Classes are compared without their package.
fn is_class(answer: &HdfsError, names: &[&str]) -> bool {
    match answer {
        HdfsError::RPCError(class, _) | HdfsError::FatalRPCError(class, _) => {
            class.rsplit(['.', '$']).next().is_some_and(|class| names.contains(&class))
        }
        _ => false,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thrown(class: &str, message: &str) -> HdfsError {
        HdfsError::RPCError(class.into(), format!("{message}\n\tat a.java.Stack(Trace.java:1)"))
    }

    #[test]
    fn what_the_server_throws_decides_kind_and_retry() {
        for (class, message, code, retry) in [
            ("a.b.AccessControlException", "no", Code::Denied, Retry::Never),
            ("a.b.NSQuotaExceededException", "full", Code::NoSpace, Retry::Never),
            ("a.b.InvalidPathException", "a:b", Code::Unsupported, Retry::Never),
            (
                "a.b.FSLimitException$PathComponentTooLongException",
                "",
                Code::Unsupported,
                Retry::Never,
            ),
            ("a.b.SafeModeException", "wait", Code::WriteFailed, Retry::Later),
            (
                "java.io.IOException",
                "x could only be replicated to 0",
                Code::WriteFailed,
                Retry::Later,
            ),
            ("java.io.IOException", "other", Code::WriteFailed, Retry::Never),
            (
                "java.lang.IllegalStateException",
                "Current inode is not a directory",
                Code::InTheWay,
                Retry::Later,
            ),
        ] {
            let error = failed(Code::WriteFailed, "cannot write", "a")(thrown(class, message));
            assert_eq!((error.code, error.retry), (code, retry), "{class}");
        }
    }

    #[test]
    fn a_cluster_that_is_not_there_and_one_that_refuses_are_told_apart() {
        let refused = std::io::ErrorKind::ConnectionRefused;
        for (answer, code) in [
            (HdfsError::IOError(refused.into()), Code::ServerUnreachable),
            (HdfsError::NoSASLMechanism, Code::ServerRefused),
            (thrown("a.b.AccessControlException", "no"), Code::RootUnreadable),
        ] {
            let error = not_reached(Code::RootUnreadable, "cannot open", "a")(answer);
            assert_eq!(error.code, code, "{error}");
        }
    }

    #[test]
    fn a_reason_is_one_line_and_names_the_exception() {
        let answer = thrown("org.apache.hadoop.ipc.StandbyException", "not here");
        assert_eq!(reason(&answer), "not here (StandbyException)");
    }
}
