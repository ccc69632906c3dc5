//! Cutting a stage's pages into bundles.

use boatlift_core::queue::Bundle;

/// The most pages in a bundle.
const BUNDLE_PAGES: usize = 16;
/// Bundles that every worker should get, so that none waits long for the last.
const BUNDLES_PER_WORKER: usize = 16;

/// Cuts `pages`, in the order given, for `workers` takers. `like` gives what all of the
/// bundles have in common.
pub(super) fn cut(pages: &[u32], workers: usize, like: &Bundle) -> Vec<Bundle> {
    let share = pages.len() / (workers.max(1) * BUNDLES_PER_WORKER);
    pages
        .chunks(share.clamp(1, BUNDLE_PAGES))
        .zip(0..)
        .map(|(pages, number)| Bundle { number, pages: pages.to_vec(), ..like.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boatlift_core::side::Term;

    #[test]
    fn every_page_is_in_one_bundle_in_order() {
        let like = Bundle {
            move_id: "m".into(),
            term: Term(1),
            plan: 1,
            route: 0,
            stage: 0,
            number: 0,
            pages: Vec::new(),
        };
        for count in [0, 1, 49, 1000, 100_000] {
            let pages: Vec<u32> = (0..count).rev().collect();
            let bundles = cut(&pages, 2, &like);
            let all: Vec<u32> = bundles.iter().flat_map(|bundle| bundle.pages.clone()).collect();
            assert_eq!(all, pages);
            assert!(bundles.iter().all(|bundle| bundle.pages.len() <= BUNDLE_PAGES));
        }
    }
}
