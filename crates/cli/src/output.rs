//! Where words go: results to stdout, talk to stderr, and nothing else to either.

use crate::args::Global;
use crate::hints::hint;
use boatlift_core::{Code, Error, Result};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// What the person asked of the output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Results and errors are JSON documents.
    pub(crate) json: bool,
    /// Only errors are told.
    pub(crate) quiet: bool,
    /// How much more the log shall hold.
    pub(crate) verbose: u8,
    /// Whether stderr may be coloured.
    pub(crate) colour: bool,
}

impl Output {
    /// The output as the options and the environment ask for it.
    pub(crate) fn new(global: &Global) -> Output {
        let Global { json, quiet, verbose, no_color, .. } = *global;
        let refused = no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Output { json, quiet, verbose, colour: !refused && io::stderr().is_terminal() }
    }

    /// Prints a result for people.
    pub(crate) fn result(&self, text: impl Display) -> Result<()> {
        to_stdout(&printable(&text.to_string()))
    }

    /// Prints a result as one JSON document, closed by a newline.
    pub(crate) fn document(&self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(|reason| {
            Error::new(Code::Bug, "cannot write a result as JSON").because(reason)
        })?;
        to_stdout(&text)
    }

    /// Tells a person something on the way.
    pub(crate) fn say(&self, text: impl Display) {
        if !self.quiet {
            to_stderr(&printable(&text.to_string()));
        }
    }

    /// Tells of an error, once: what, where and why; what to try; where to read on.
    pub(crate) fn error(&self, error: &Error) {
        to_stderr(&match self.json {
            true => json_error(error),
            false => self.plain_error(error),
        });
    }

    fn plain_error(&self, error: &Error) -> String {
        let code = error.code;
        let (bold, plain) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let (error, hint) = (printable(&error.to_string()), hint(code));
        format!("{bold}error[{code}]{plain}: {error}\nhint: {hint}\nmore: boatlift explain {code}")
    }
}

fn json_error(error: &Error) -> String {
    serde_json::json!({
        "error": {
            "code": error.code,
            "title": error.code.title(),
            "tried": error.tried,
            "subject": error.subject,
            "because": error.because,
            "hint": hint(error.code),
        }
    })
    .to_string()
}

/// Text that cannot command a terminal: names on a disk may hold anything.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// A reader that went away (`| head`) is no failure of ours.
fn to_stdout(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let gap = if text.ends_with('\n') { "" } else { "\n" };
    match write!(stdout, "{text}{gap}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Code::Usage, "cannot write to standard output").because(error))
        }
        _ => Ok(()),
    }
}

/// Where talk cannot be heard there is nobody left to tell.
fn to_stderr(text: &str) {
    let _nobody_listens = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_once_with_hint_and_page() {
        let output = Output { json: false, quiet: false, verbose: 0, colour: false };
        let error = Error::new(Code::NoSpace, "cannot write").on("a/b").because("quota exceeded");
        assert_eq!(
            output.plain_error(&error),
            "error[BL-COPY-003]: cannot write a/b: quota exceeded\n\
             hint: make room on UPPER and run again: only what is missing is copied\n\
             more: boatlift explain BL-COPY-003"
        );
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n"), "a\\u{1b}[2Jb\n");
    }

    #[test]
    fn an_error_in_json_is_one_line() {
        let error = Error::new(Code::NoSpace, "cannot write").on("a\nb");
        let text = json_error(&error);
        assert!(!text.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["error"]["code"], "BL-COPY-003");
        assert_eq!(value["error"]["subject"], "a\nb");
    }
}
