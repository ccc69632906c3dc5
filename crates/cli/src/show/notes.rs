//! Items that need attention.

use boatlift_core::event::Note;
use std::fmt::Write;

/// One line for each item: its state, its key and why.
pub(crate) fn notes(notes: &[Note]) -> String {
    let widest = notes.iter().map(|note| note.state.len()).max().unwrap_or_default();
    let lines = notes.iter().map(|note| {
        let why = why(note);
        format!("{:<widest$}  {}{why}\n", note.state, note.key)
    });
    lines.collect()
}

/// All that is noted of one item.
pub(crate) fn note_in_full(note: &Note) -> String {
    let mut text = format!("{}: {} in stage {}", note.key, note.state, note.stage);
    let mut add = |label: &str, line: &str| {
        let _never_fails = write!(text, "\n  {label:<9} {line}");
    };
    add("verdict", note.verdict.word());
    add("attempts", &note.attempts.to_string());
    if let Some(reason) = &note.reason {
        add("reason", reason);
    }
    if let Some(error) = &note.error {
        add("error", &error.to_string());
        add("code", &format!("{} ({})", error.code, error.code.title()));
        add("hint", crate::hints::hint(error.code));
    }
    text
}

fn why(note: &Note) -> String {
    match (&note.error, &note.reason) {
        (Some(error), _) => format!("  {error} [{}]", error.code),
        (None, Some(reason)) => format!("  {reason}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::{Code, Error, KeyBuf, Verdict};

    fn note(key: &str, state: &str) -> Note {
        Note {
            plan: 1,
            route: 0,
            key: KeyBuf::from(key.as_bytes()),
            verdict: Verdict::Added,
            stage: "contents".into(),
            state: state.into(),
            attempts: 3,
            reason: None,
            error: None,
        }
    }

    #[test]
    fn a_line_tells_state_key_and_why() {
        let error = Error::new(Code::NoSpace, "cannot write").because("quota exceeded");
        let failed = Note { error: Some(error), ..note("a\nb", "failed") };
        let skipped = Note { reason: Some("a socket".into()), ..note("s", "skipped") };
        assert_eq!(
            notes(&[failed, skipped]),
            "failed   a\\nb  cannot write: quota exceeded [BL-COPY-003]\nskipped  s  a socket\n"
        );
    }
}
