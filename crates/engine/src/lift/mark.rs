//! The mark: whose UPPER this is, and in which term it was last opened for writing.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::Term;
use boatlift_core::store::Store;
use serde::{Deserialize, Serialize};

/// What the mark at UPPER says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    move_id: String,
    name: String,
    term: Term,
}

impl Mark {
    pub(super) fn new(move_id: &str, name: &str, term: Term) -> Self {
        Mark { move_id: move_id.to_owned(), name: name.to_owned(), term }
    }

    /// Refuses an UPPER that another move holds, or a newer run of this one.
    pub(super) fn check(&self, upper: &dyn Store) -> Result<()> {
        let Some(found) = upper.read_mark()? else { return Ok(()) };
        let found: Mark = serde_json::from_slice(&found).map_err(|error| {
            Error::new(Code::RootOfAnotherMove, "cannot read the mark at UPPER").because(error)
        })?;
        if found.move_id != self.move_id {
            return Err(Error::new(Code::RootOfAnotherMove, "UPPER is in use by another move,")
                .on(format!("`{}`", found.name)));
        }
        if found.term > self.term {
            return Err(Error::new(Code::TermNewer, "UPPER was opened in a newer term:")
                .on(found.term)
                .because(format!("this run has {}", self.term)));
        }
        Ok(())
    }

    /// Whether UPPER still bears this very mark. A run that slept while another took UPPER
    /// finds a newer mark, or none when the other has ended.
    pub(super) fn is_held(&self, upper: &dyn Store) -> Result<()> {
        self.check(upper)?;
        let found = upper.read_mark()?;
        let held = found.is_some_and(|found| {
            serde_json::from_slice::<Mark>(&found).is_ok_and(|found| found == *self)
        });
        match held {
            true => Ok(()),
            false => Err(Error::new(Code::TermNewer, "UPPER no longer bears the mark of")
                .on(self.term)
                .because("another run has taken it since, or the mark was removed")),
        }
    }

    /// Takes UPPER for this term.
    pub(super) fn write(&self, upper: &dyn Store) -> Result<()> {
        self.check(upper)?;
        let text = serde_json::to_vec(self).expect("a mark is plain strings and a number");
        upper.write_mark(Some(&text))
    }
}
