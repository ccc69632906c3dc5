//! Windows of time: half open, so that two that touch share nothing.

use jiff::{SignedDuration, Timestamp};

/// How long the system views keep what happened, in days
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c_intro_STL_tables.html>).
pub const KEPT_DAYS: i64 = 7;

/// Queries that began in this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant that belongs to it.
    pub from: Timestamp,
    /// The first instant that does not.
    pub until: Timestamp,
    /// Of these, only queries that ended at this instant or later: the others are known.
    pub ended_since: Option<Timestamp>,
}

/// Why two instants are no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the window ends at {until}, which is not after its start at {from}")]
pub struct BadWindow {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    /// All queries that began from one instant until before another.
    ///
    /// # Errors
    /// The end is not after the start.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Window, BadWindow> {
        match from < until {
            true => Ok(Window { from, until, ended_since: None }),
            false => Err(BadWindow { from, until }),
        }
    }

    /// Since when the views know this window whole, if they no longer know its beginning.
    #[must_use]
    pub fn forgotten(&self, now: Timestamp) -> Option<Timestamp> {
        let kept = now.checked_sub(SignedDuration::from_hours(24 * KEPT_DAYS)).ok()?;
        (self.from < kept).then_some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_window_ends_after_it_starts() {
        let (early, late) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:00.000001Z"));
        assert!(Window::new(early, late).is_ok());
        assert!(Window::new(early, early).is_err());
        assert!(Window::new(late, early).is_err());
    }

    #[test]
    fn offsets_and_folds_are_instants() {
        // The hour that Europe has twice: one name, two instants.
        let (first, second) = (at("2026-10-25T02:30:00+02:00"), at("2026-10-25T02:30:00+01:00"));
        let window = Window::new(first, second).expect("an hour");
        assert_eq!(window.until.duration_since(window.from).as_secs(), 3600);
    }

    #[test]
    fn what_the_views_have_forgotten_is_told() {
        let now = at("2026-11-20T10:00:00Z");
        let window = Window::new(at("2026-11-13T09:59:59Z"), now).expect("a window");
        assert_eq!(window.forgotten(now), Some(at("2026-11-13T10:00:00Z")));
        let window = Window::new(at("2026-11-13T10:00:00Z"), now).expect("a window");
        assert_eq!(window.forgotten(now), None);
    }
}
