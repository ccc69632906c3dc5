//! Whoever looks on while a statement runs.

use std::ops::ControlFlow;

/// Is told what a statement does, and may stop it.
///
/// It is called on the thread that waits for the statement, at least once a second while the
/// server answers.
pub trait Watcher {
    /// Whether to go on. `Break` cancels the statement on the server.
    fn poll(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A line that the server logged for the statement.
    fn log(&mut self, line: &str) {
        let _ = line;
    }

    /// How far the statement is; not every server and engine says so.
    fn progress(&mut self, progress: &Progress) {
        let _ = progress;
    }
}

/// Looks away and never stops a statement.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}

/// How far a statement is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// From 0 to 1.
    pub fraction: f64,
    /// The headings of `rows`: vertices, their state and counts of their tasks.
    pub headings: Vec<String>,
    /// A row for each part of the work.
    pub rows: Vec<Vec<String>>,
    /// A summary for people.
    pub footer: String,
}
