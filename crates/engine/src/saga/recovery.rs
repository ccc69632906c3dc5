//! Goes on with a cutover that another process left open.
//!
//! What that process thought does not count. The authority is asked whether the Switch
//! took effect: if it did, the way is forward; if not, it is spoiled and all is undone.

use super::runner::{Driver, Finish, Setup};
use boatlift_core::saga::Resumer;
use boatlift_core::{Result, SagaEvent, Term};

/// Brings an open cutover to its end, in a term newer than the one it was left in. `None`
/// when there is none.
///
/// Every run calls this before anything else. The undo goes on even when the log cannot
/// be written.
///
/// # Errors
/// As [`run_cutover`](super::run_cutover).
pub fn recover(setup: &Setup<'_>, term: Term, by: Resumer) -> Result<Option<Finish>> {
    let state = setup.log.state()?;
    if !state.is_open() {
        return Ok(None);
    }
    let mut driver = Driver::new(setup, term, state);
    driver.take_over(SagaEvent::Resumed { term, by })?;
    driver.drive().map(Some)
}
