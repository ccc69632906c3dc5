//! What can go wrong with a service, told so that the log need not be looked for.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// The most bytes of a log that an error shows.
const SHOWN: usize = 6_000;

/// A service or something that it stands on is not as a test needs it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The machine lacks something, or the options contradict each other.
    #[error("{0}")]
    Setup(String),
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The program could not be started at all.
    #[error("cannot start {program}: {source}")]
    Spawn {
        /// What was to run.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A program that should do its work and end, ended badly.
    #[error("{program} ended with {status}:\n{said}")]
    Failed {
        /// What ran.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        said: String,
    },
    /// A service ended although it should go on.
    #[error("{service} ended with {status} before it was ready; the end of its log:\n{log}")]
    Ended {
        /// Its name.
        service: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// A service is not ready in time.
    #[error("{service}: {condition} not seen within {limit:?}; the end of its log:\n{log}")]
    Late {
        /// Its name.
        service: String,
        /// What was waited for.
        condition: String,
        /// How long.
        limit: Duration,
        /// The end of its log.
        log: String,
    },
    /// Something was asked of a service that does not run.
    #[error("{0} does not run")]
    NotRunning(String),
}

impl ServiceError {
    /// The machine lacks something.
    pub fn setup(why: impl Into<String>) -> Self {
        ServiceError::Setup(why.into())
    }

    /// For `map_err` on what the file system said.
    pub fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| ServiceError::File { action, path, source }
    }
}

/// The last lines of a text, no more than an error shows.
pub(crate) fn tail(text: &str) -> String {
    let start = text.len().saturating_sub(SHOWN);
    let start = (start..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = &text[start..];
    match (start, cut.find('\n')) {
        (0, _) | (_, None) => cut.to_owned(),
        (_, Some(line)) => cut[line + 1..].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_its_own_tail() {
        assert_eq!(tail("one\ntwo\n"), "one\ntwo\n");
        assert_eq!(tail(""), "");
    }

    #[test]
    fn a_long_text_ends_in_whole_lines_and_whole_characters() {
        let text = "ünïcode line\n".repeat(2_000);
        let tail = tail(&text);
        assert!(tail.len() <= SHOWN && tail.len() > SHOWN - 20);
        assert!(tail.starts_with("ünïcode line\n") && text.ends_with(&tail));
    }
}
