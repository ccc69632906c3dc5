//! Looks at many keys by listing them: one page of UPPER's listing tells of a thousand keys what
//! as many looks would.
//!
//! A listing only ever confirms. What it does not show as it should be is looked at by itself,
//! so that nothing is refused on its word.

use super::super::list::{self, Listed as Object};
use super::super::names;
use super::super::state::ObjectState;
use super::hands::Hands;
use boatlift_core::Side;
use boatlift_core::lane::{Step, Stopped, Turn};
use std::collections::HashMap;

/// Keys that a page of a listing must tell of to be worth it: a page is dearer than a look and
/// comes after the one before it, where looks are made side by side.
const FEWEST: usize = 64;

/// What a listing showed, by index in the page.
pub(super) type Seen = HashMap<u32, ObjectState>;

/// A key that is to be looked at, whole, and its index in the page.
type Wanted = (String, u32);

impl Hands<'_> {
    /// Lists what a turn wants to look at, as long as the keys lie close together. What is not
    /// in the answer is to be looked at by itself.
    pub(super) async fn list_looks(&self, turn: &Turn<'_>) -> Result<Seen, Stopped> {
        let mut seen = Seen::new();
        let wanted = self.wanted(turn);
        let mut after = match wanted.first() {
            // A listing begins behind a key.
            Some((first, _)) => first.clone(),
            None => return Ok(seen),
        };
        let mut left = &wanted[1..];
        while left.len() >= FEWEST {
            self.pace.spend(Side::Upper, 1, 0)?;
            let prefix = self.upper.prefix();
            let page = list::page(self.upper, prefix, Some(&after), None, None).await;
            // Who may not list may yet look.
            let Ok(page) = page else { return Ok(seen) };
            let before = seen.len();
            seen.extend(page.objects.iter().filter_map(|object| found(left, object)));
            match page.objects.last() {
                Some(last) if page.is_cut && seen.len() - before >= FEWEST => {
                    left = &left[left.partition_point(|(name, _)| *name <= last.key)..];
                    after.clone_from(&last.key);
                }
                _ => return Ok(seen),
            }
        }
        Ok(seen)
    }

    /// The keys that `turn` looks at, in their order.
    fn wanted(&self, turn: &Turn<'_>) -> Vec<Wanted> {
        let looks = turn.steps.iter().filter(|(_, step)| *step == Step::Look);
        let name =
            |index: u32| names::object(self.upper.prefix(), turn.page.get(index as usize).key).ok();
        let mut wanted: Vec<Wanted> =
            looks.filter_map(|(index, _)| Some((name(*index)?, *index))).collect();
        wanted.sort_unstable();
        wanted
    }
}

fn found(wanted: &[Wanted], object: &Object) -> Option<(u32, ObjectState)> {
    let place = wanted.binary_search_by(|(name, _)| name.as_str().cmp(&object.key)).ok()?;
    Some((wanted[place].1, object.state.clone()))
}
