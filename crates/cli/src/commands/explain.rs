//! `boatlift explain`: what an error code means, what became of an item, why a move waits.

use crate::args::Global;
use crate::exit::Exit;
use crate::output::Output;
use crate::place::Place;
use crate::{keys, pages, show};
use boatlift_core::{Code, Error, KeyBuf, Result};
use boatlift_engine::journal::{View, read_view};
use boatlift_engine::state::StateDir;
use clap::Args;
use serde::Serialize;
use std::ffi::OsString;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// An error code (BL-COPY-003), a move, or an item of MOVE as `items` prints it
    #[arg(value_name = "CODE|MOVE|KEY")]
    subject: OsString,
    /// The move that the item belongs to
    #[arg(value_name = "MOVE")]
    target: Option<OsString>,
}

impl Explain {
    /// Prints the page of a code, the story of an item, or what a move waits for.
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<Exit> {
        let find = |name: &OsString| Place::find(name, global.state_dir.as_deref());
        if let Some(target) = &self.target {
            let state = StateDir::open(&find(target)?.directory)?;
            let key = keys::read(&self.subject)?;
            explain_item(&key, &read_view(&state.journal_path())?, output)?;
        } else if let Some(code) = self.code()? {
            explain_code(code, output)?;
        } else {
            let state = StateDir::open(&find(&self.subject)?.directory)?;
            show::reasons(&read_view(&state.journal_path())?, output)?;
        }
        Ok(Exit::Done)
    }

    /// The code, where the subject looks like one.
    fn code(&self) -> Result<Option<Code>> {
        let text = self.subject.to_string_lossy();
        match text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("BL-")) {
            false => Ok(None),
            true => text.parse().map(Some).map_err(|why: String| {
                Error::new(Code::Usage, "cannot explain").on(&text).because(why)
            }),
        }
    }
}

fn explain_code(code: Code, output: &Output) -> Result<()> {
    let page = pages::page(code);
    match output.json {
        true => output.document(&serde_json::json!({
            "code": code, "title": code.title(), "page": page,
        })),
        false => output.result(page),
    }
}

/// What is known of one item.
#[derive(Serialize)]
struct Story<'a> {
    key: &'a KeyBuf,
    notes: Vec<&'a boatlift_core::event::Note>,
    skip: Option<&'a boatlift_engine::journal::Skip>,
}

fn explain_item(key: &KeyBuf, view: &View, output: &Output) -> Result<()> {
    let notes: Vec<_> = view.notes.first.iter().filter(|note| note.key == *key).collect();
    let skip = view.skips.get(key);
    if output.json {
        return output.document(&Story { key, notes, skip });
    }
    if let Some(skip) = skip {
        output.result(format_args!("{key}: left out by {}: {}", skip.by, skip.reason))?;
    }
    for note in &notes {
        output.result(show::note_in_full(note))?;
    }
    if notes.is_empty() && skip.is_none() {
        output.result(format_args!(
            "{key}: nothing is noted of it in the newest plan; `boatlift report {} --format csv` \
             lists every item of that plan",
            view.name
        ))?;
    }
    Ok(())
}
