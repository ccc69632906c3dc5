//! Why a database refuses a query, where that tells something of what was asked for.

use boatlift_core::{Code, Error, Retry};

/// What a refusal says of the views and columns of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no such view, or column of one.
    Unknown,
    /// It may not be read.
    Denied,
}

/// Classes of `SQLSTATE` that tell so
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): no such table, column or
/// schema; no right to it.
const STATES: [(&str, Reason); 4] = [
    ("(42P01)", Reason::Unknown),
    ("(42703)", Reason::Unknown),
    ("(3F000)", Reason::Unknown),
    ("(42501)", Reason::Denied),
];
/// The same in words: the Data API tells no `SQLSTATE`.
const WORDS: [(&str, Reason); 2] =
    [("does not exist", Reason::Unknown), ("permission denied", Reason::Denied)];

/// What an error of a query says; nothing when it may have any other cause.
pub(crate) fn reason(error: &Error) -> Option<Reason> {
    let is_refusal = error.code == Code::ServerFailed && error.retry == Retry::Never;
    let why = error.because.as_deref().filter(|_| is_refusal)?;
    let known = |all: &[(&str, Reason)], is_it: &dyn Fn(&str) -> bool| {
        all.iter().find(|(sign, _)| is_it(sign)).map(|(_, reason)| *reason)
    };
    match has_state(why) {
        true => known(&STATES, &|state| why.ends_with(state)),
        false => known(&WORDS, &|words| why.to_lowercase().contains(words)),
    }
}

/// Whether a refusal ends in a `SQLSTATE`, as those of a connection do.
fn has_state(why: &str) -> bool {
    let state = why.strip_suffix(')').and_then(|why| why.rsplit_once('(')).map(|(_, state)| state);
    state.is_some_and(|state| state.len() == 5 && state.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unknown_and_denied_names_say_something_of_a_view() {
        let said = |why: &str| reason(&Error::new(Code::ServerFailed, "cannot query").because(why));
        for (why, told) in [
            ("relation \"stl_query\" does not exist (42P01)", Some(Reason::Unknown)),
            ("column \"file_etag\" does not exist (42703)", Some(Reason::Unknown)),
            ("permission denied for relation stl_query (42501)", Some(Reason::Denied)),
            ("it failed: ERROR: relation \"stl_query\" does not exist", Some(Reason::Unknown)),
            ("it failed: ERROR: Permission denied for view sys_x", Some(Reason::Denied)),
            ("function f() does not exist (42883)", None),
            ("canceling statement due to user request (57014)", None),
            ("internal error (XX000)", None),
            ("somebody aborted it", None),
            ("it failed: ERROR: internal error", None),
        ] {
            assert_eq!(said(why), told, "{why}");
        }
        let later = Error::new(Code::ServerFailed, "cannot query").because("x does not exist");
        assert_eq!(reason(&later.retry(Retry::Later)), None);
    }
}
