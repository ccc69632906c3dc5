//! The tree mover: what moving means for a directory tree.
//!
//! One group, one route. It decides which step each entry of a difference asks for; it
//! reads and writes nothing itself.

mod plan;

use boatlift_core::mover::{Group, Mover, Route, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::Policy;

/// A move of one directory tree.
#[derive(Debug, Clone)]
pub struct TreeMover {
    route: Route,
}

impl TreeMover {
    /// Moves what lies under `lower` to `upper`; both are paths or URLs.
    #[must_use]
    pub fn new(lower: String, upper: String) -> Self {
        TreeMover { route: Route { lower, upper } }
    }
}

impl Mover for TreeMover {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn groups(&self) -> Vec<Group> {
        vec![Group { name: "tree".into(), routes: vec![self.route.clone()], remakes: false }]
    }

    fn stages(&self, _group: u32) -> &'static [Stage] {
        plan::STAGES
    }

    fn step(
        &self,
        _group: u32,
        stage: usize,
        entry: &Entry<'_>,
        policy: &Policy,
    ) -> Option<boatlift_core::lane::Step> {
        plan::step(stage, entry, policy)
    }
}
