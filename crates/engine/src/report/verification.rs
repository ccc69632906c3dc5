//! Verifications as the journal tells them, and what a sample without a difference proves.

use super::model::Verification;
use boatlift_core::event::Tally;
use boatlift_core::plan::SegmentRef;
use boatlift_core::policy::Verify;
use std::collections::BTreeMap;

/// The verifications of the newest plans, in the order they began.
#[derive(Default)]
pub(super) struct Verifying {
    list: Vec<Verification>,
}

impl Verifying {
    /// A verification began.
    pub(super) fn begin(
        &mut self,
        at: &str,
        group: u32,
        route: u32,
        mode: Verify,
        agreed: &SegmentRef,
        seed: Option<u64>,
    ) {
        self.list.push(Verification {
            group,
            route,
            mode,
            begun: at.to_owned(),
            ended: None,
            entries: agreed.entries,
            seed,
            tally: Tally::default(),
            verified_content: 0,
            at_most_differing_percent: None,
        });
    }

    /// Some of its pages are done.
    pub(super) fn pass(&mut self, group: u32, route: u32, tally: &Tally) {
        if let Some(open) = self.open(group, route) {
            open.tally.merge(tally);
            open.verified_content = verified(&open.tally);
        }
    }

    /// It ended.
    pub(super) fn end(&mut self, at: &str, group: u32, route: u32, tally: Tally) {
        if let Some(open) = self.open(group, route) {
            open.ended = Some(at.to_owned());
            open.verified_content = verified(&tally);
            if open.mode == Verify::Sample && tally.open() == 0 {
                open.at_most_differing_percent = bound(open.verified_content);
            }
            open.tally = tally;
        }
    }

    /// A newer plan makes the group's verifications old.
    pub(super) fn forget(&mut self, group: u32) {
        self.list.retain(|verification| verification.group != group);
    }

    pub(super) fn into_list(self) -> Vec<Verification> {
        self.list
    }

    fn open(&mut self, group: u32, route: u32) -> Option<&mut Verification> {
        let mut list = self.list.iter_mut().rev();
        list.find(|v| (v.group, v.route) == (group, route) && v.ended.is_none())
    }
}

/// Items whose content is verified by what a tally counted.
pub(super) fn verified(tally: &Tally) -> u64 {
    let counts = tally.proofs.iter().filter(|(proof, _)| proof.verifies_content());
    counts.map(|(_, count)| count).sum()
}

/// At least how many distinct items the steps prove, by what `proves` reads from a tally.
/// An item goes through several steps, so that a sum would count it twice: of each group and
/// route only the step that proves most is taken.
pub(crate) fn at_least(steps: &[((u32, u32), &Tally)], proves: impl Fn(&Tally) -> u64) -> u64 {
    let mut routes: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (route, tally) in steps {
        let most = routes.entry(*route).or_default();
        *most = proves(tally).max(*most);
    }
    routes.values().sum()
}

/// The largest share, in percent, that can differ when none of `drawn` items, drawn at
/// random and one by one, did: with 95 % confidence, rounded up to four decimals. Drawing
/// without putting back makes the true bound smaller still.
fn bound(drawn: u64) -> Option<f64> {
    if drawn == 0 {
        return None;
    }
    let share = -(0.05_f64.ln() / drawn as f64).exp_m1();
    Some((share * 1_000_000.0).ceil() / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::outcome::Proof;

    #[test]
    fn the_bound_of_a_sample_is_the_exact_one_rounded_up() {
        assert_eq!(bound(0), None);
        assert_eq!(bound(1), Some(95.0));
        assert_eq!(bound(59), Some(4.9508));
        assert_eq!(bound(300), Some(0.9937));
        assert_eq!(bound(1_000_000), Some(0.0003));
        assert!(0.95_f64.powi(59) < 0.05 && bound(59) < Some(5.0));
    }

    #[test]
    fn nothing_is_said_of_a_sample_that_left_items_open() {
        let agreed = SegmentRef { file: "a".into(), hash: "b".into(), pages: 1, entries: 9 };
        let mut verifying = Verifying::default();
        verifying.begin("then", 0, 0, Verify::Sample, &agreed, Some(7));
        let tally =
            Tally { same: 4, moving: 1, proofs: [(Proof::ReadBack, 4)].into(), ..Tally::default() };
        verifying.end("now", 0, 0, tally);
        let list = verifying.into_list();
        assert_eq!((list[0].verified_content, list[0].at_most_differing_percent), (4, None));
    }
}
