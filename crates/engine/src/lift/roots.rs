//! The roots of a route: opened, looked at, and refused when they cannot be right.

use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Lane;
use boatlift_core::mover::Route;
use boatlift_core::store::{Opener, RootFacts, Store};
use std::sync::Arc;

/// Both roots of a route.
pub(super) struct Roots {
    pub(super) lower: Arc<dyn Store>,
    /// Absent only in a dry run whose UPPER does not exist.
    pub(super) upper: Option<Arc<dyn Store>>,
    pub(super) lower_facts: RootFacts,
    pub(super) upper_facts: RootFacts,
}

/// Whether a missing UPPER is made, or taken to be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Make,
    TakeAsEmpty,
}

impl Roots {
    pub(super) fn open(opener: &dyn Opener, route: &Route, missing: Missing) -> Result<Roots> {
        let lower = opener.open(&route.lower)?;
        let lower_facts = lower.facts()?;
        if missing == Missing::Make {
            opener.make(&route.upper)?;
        }
        let (upper, upper_facts) = match opener.open(&route.upper) {
            Ok(upper) => {
                let facts = upper.facts()?;
                (Some(upper), facts)
            }
            Err(error) if error.code == Code::RootMissing && missing == Missing::TakeAsEmpty => {
                (None, nothing(&route.upper, &lower_facts))
            }
            Err(error) => return Err(error),
        };
        refuse_nested(&lower_facts, &upper_facts)?;
        if let Some(upper) = upper.as_ref().filter(|_| missing == Missing::Make) {
            upper.prove_writable()?;
        }
        Ok(Roots { lower, upper, lower_facts, upper_facts })
    }

    /// Refuses to go on when something stands against the move itself.
    pub(super) fn examine(&self) -> Result<()> {
        self.upper.as_ref().map_or(Ok(()), |upper| upper.examine())
    }

    /// The way from LOWER to UPPER.
    pub(super) fn lane(&self, opener: &dyn Opener) -> Option<Arc<dyn Lane>> {
        let upper = Arc::clone(self.upper.as_ref()?);
        Some(opener.lane(Arc::clone(&self.lower), upper))
    }
}

fn nothing(url: &str, lower: &RootFacts) -> RootFacts {
    RootFacts {
        resolved: url.to_owned(),
        device: String::new(),
        system: "does not exist".into(),
        is_empty: true,
        sets_owners: lower.sets_owners,
        free_bytes: None,
        position: None,
        ancestry: Vec::new(),
    }
}

/// A tree copied into itself never ends; a tree copied over the one it lies in is lost.
fn refuse_nested(lower: &RootFacts, upper: &RootFacts) -> Result<()> {
    let inside = |inner: &RootFacts, outer: &RootFacts| {
        outer.ancestry.first().is_some_and(|root| inner.ancestry.contains(root))
    };
    let nested = match (inside(lower, upper), inside(upper, lower)) {
        (true, true) => "LOWER and UPPER are the same",
        (true, false) => "LOWER lies inside UPPER",
        (false, true) => "UPPER lies inside LOWER",
        (false, false) => return Ok(()),
    };
    let roots = format!("{} -> {}", lower.resolved, upper.resolved);
    Err(Error::new(Code::RootsNested, "cannot move").on(roots).because(nested))
}
