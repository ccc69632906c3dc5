//! Deaths on demand, for crash tests: the process aborts at a named point.
//!
//! `BOATLIFT_FAULT=NAME:N` aborts the process when it passes the point `NAME` for the
//! `N`-th time (from 1). `journal:N` dies right after the `N`-th event that this process
//! recorded became durable, `journal-before:N` right before it is made so; other points
//! have the names that their callers gave them. Only builds with debug assertions or the
//! feature `faults` look; in a release build every point is nothing.

#[cfg(any(debug_assertions, feature = "faults"))]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Fault {
        name: String,
        at: u64,
        passed: AtomicU64,
    }

    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();

    fn fault() -> Option<&'static Fault> {
        let read = || {
            let text = std::env::var("BOATLIFT_FAULT").ok()?;
            let (name, at) = text.rsplit_once(':')?;
            let at = at.parse().ok()?;
            Some(Fault { name: name.to_owned(), at, passed: AtomicU64::new(0) })
        };
        FAULT.get_or_init(read).as_ref()
    }

    /// Passes the point `name`; the process may end here.
    pub fn point(name: &str) {
        if let Some(fault) = fault().filter(|fault| fault.name == name)
            && fault.passed.fetch_add(1, Ordering::Relaxed) + 1 == fault.at
        {
            std::process::abort();
        }
    }

    /// Whether a death at a point of this name was asked for.
    #[must_use]
    pub fn is_asked(name: &str) -> bool {
        fault().is_some_and(|fault| fault.name == name)
    }
}

#[cfg(any(debug_assertions, feature = "faults"))]
pub use armed::{is_asked, point};

/// Passes the point `name`: nothing in this build.
#[cfg(not(any(debug_assertions, feature = "faults")))]
#[inline(always)]
pub fn point(_name: &str) {}

/// Whether a death at a point of this name was asked for: never in this build.
#[cfg(not(any(debug_assertions, feature = "faults")))]
#[inline(always)]
#[must_use]
pub fn is_asked(_name: &str) -> bool {
    false
}
