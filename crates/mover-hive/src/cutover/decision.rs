//! The decision of a cutover: made once, by whoever comes first, and never changed.
//!
//! A metastore has no compare-and-set, but it makes a view of one name only once: a switch
//! that was asked for and comes late finds the decision against it made, whoever asked.

use crate::catalog::{Catalogue, MARKS};
use boatlift_clients::metastore::{Column, Stored, Table};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::side::{Side, Term};

/// What the names of these views begin with.
const LEAD: &str = "cutover_";
/// The view's parameter that says what was decided.
const DECIDED: &str = "boatlift.decided";
/// What it says when nobody is to be led anywhere.
const SPOILED: &str = "spoiled";

/// The decisions about one move's databases.
pub(super) struct Decisions<'a> {
    pub(super) upper: &'a Catalogue,
    /// What they are about.
    pub(super) about: &'a str,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Users follow a side.
    Follow(Side),
    /// They stay where they are.
    Spoiled,
}

impl Decision {
    fn word(self) -> String {
        match self {
            Decision::Follow(side) => side.to_string(),
            Decision::Spoiled => SPOILED.to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Decision> {
        let all = [Side::Lower, Side::Upper].map(Decision::Follow);
        all.into_iter().chain([Decision::Spoiled]).find(|decision| decision.word() == word)
    }
}

impl Decisions<'_> {
    fn name(&self, begun: Term) -> String {
        format!("{LEAD}{}_{}", self.about, begun.0)
    }

    /// What was decided of the cutover that began in a term.
    pub(super) fn of(&self, begun: Term) -> Result<Option<Decision>> {
        let name = self.name(begun);
        let Some(view) = self.upper.table(MARKS, &name)? else { return Ok(None) };
        let word = view.parameter(DECIDED).unwrap_or_default();
        match Decision::parse(word) {
            Some(decision) => Ok(Some(decision)),
            None => Err(Error::new(Code::RootOfAnotherMove, "cannot read the decision at UPPER")
                .on(name)
                .because(format!("it says `{word}`"))),
        }
    }

    /// Decides, unless somebody did before; says what holds. Idempotent.
    pub(super) fn decide(&self, begun: Term, wanted: Decision) -> Result<Decision> {
        let mut view = Table::new(MARKS, &self.name(begun));
        view.set_table_type(Some("VIRTUAL_VIEW"));
        view.set_columns(&[Column { name: "decided", type_name: "string", comment: None }]);
        let query = format!("select '{}' as decided", wanted.word());
        view.set_view_original_text(Some(&query));
        view.set_view_expanded_text(Some(&query));
        view.set_parameter(DECIDED, &wanted.word());
        self.upper.create_table(&view)?;
        self.of(begun)?.ok_or_else(|| {
            Error::new(Code::ServerFailed, "cannot keep a decision in database")
                .on(MARKS)
                .because("it was made and does not read back")
        })
    }

    /// Removes the decisions of cutovers before the one that began in `begun`.
    pub(super) fn forget_before(&self, begun: Term) -> Result<()> {
        if self.upper.database(MARKS)?.is_none() {
            return Ok(());
        }
        let lead = format!("{LEAD}{}_", self.about);
        for name in self.upper.table_names(MARKS)? {
            let term = name.strip_prefix(&lead).and_then(|rest| rest.parse::<u64>().ok());
            if term.is_some_and(|term| term < begun.0) {
                self.upper.drop_table(MARKS, &name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_is_read_as_it_was_made() {
        for decision in
            [Decision::Follow(Side::Upper), Decision::Follow(Side::Lower), Decision::Spoiled]
        {
            assert_eq!(Decision::parse(&decision.word()), Some(decision));
        }
        assert_eq!(Decision::parse(""), None);
    }
}
