//! What the benchmarks of movers have in common: ways that take turns, programs that are timed,
//! and what was measured, as it is handed on to `cargo xtask bench`. Nothing is judged here.

mod options;
mod results;
mod rounds;
mod timed;

pub use options::{ended, number};
pub use results::{CaseResult, Results, Row, Shown, Taken};
pub(crate) use rounds::{Way, interleaved, tell};
pub use timed::timed;

/// What is wrong is told once, at the end of the program.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
