//! The groups of a Redshift move, the stages of each, and the step that an entry asks for.
//! Pure: the same plan gives the same steps before and after a crash.

use crate::glue;
use boatlift_core::compare::Verdict;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Order, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::Policy;

/// The group of objects: files, descriptions and manifests.
pub(crate) const OBJECTS: u32 = 0;

/// The group of the Data Catalog, after what it points at.
pub(crate) const CATALOGUE: u32 = 1;

/// Manifests come when the clones are there that they name.
const OBJECT_STAGES: &[Stage] =
    &[Stage { carries: true, ..stage("objects") }, Stage { carries: true, ..stage("manifests") }];
const OF_OBJECTS: usize = 0;
const OF_MANIFESTS: usize = 1;

const fn stage(name: &'static str) -> Stage {
    Stage { name, order: Order::Forward, carries: false, removes: false, verifies: false }
}

/// The stages of a group.
pub(crate) fn stages(group: u32) -> &'static [Stage] {
    match group {
        OBJECTS => OBJECT_STAGES,
        _ => glue::STAGES,
    }
}

/// The step that `entry` asks for in `stage` of `group`. Nothing is ever removed: a workload
/// that touched an object does not take that back.
pub(crate) fn step(group: u32, stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
    if group == CATALOGUE {
        return glue::step(stage, entry, policy);
    }
    let lower = entry.lower?.decode();
    if policy.keep_drifted && entry.verdict == Verdict::Drifted {
        return None;
    }
    // Manifests alone tell something of what they name.
    let is_its_stage = match stage {
        OF_OBJECTS => lower.attributes.is_none(),
        OF_MANIFESTS => lower.attributes.is_some(),
        _ => false,
    };
    match entry.verdict {
        _ if !is_its_stage => None,
        Verdict::Same => None,
        Verdict::Unknown if entry.upper.is_some() => Some(Step::CompareAndCarry),
        _ => Some(Step::Carry),
    }
}
