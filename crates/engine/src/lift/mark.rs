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

    /// Takes UPPER for this term.
    pub(super) fn write(&self, upper: &dyn Store) -> Result<()> {
        self.check(upper)?;
        let text = serde_json::to_vec(self).expect("a mark is plain strings and a number");
        upper.write_mark(Some(&text))
    }
}
