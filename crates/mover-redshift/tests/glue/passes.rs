//! Passes over two catalogues: survey, comparison, turns of the lane, agreement. What the
//! engine does with files on disk is done here in memory.

use crate::ground::client;
use boatlift_core::compare::{Agreed, Comparison, Verdict, compare};
use boatlift_core::lane::{Pace, Stopped, Turn};
use boatlift_core::policy::Delete;
use boatlift_core::store::{Detail, Hole, ListRequest, Listed};
use boatlift_core::{
    Entry, FacetsRef, Filter, Key, Lane, Outcome, Page, PageBuilder, Policy, Side, Store,
};
use boatlift_mover_redshift::glue::{
    CatalogueOptions, CatalogueStore, Review, STAGES, TableReview, step, stores,
};
use boatlift_testkit::services::s3::S3Endpoint;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries of a turn: few, so that there are many turns to be killed between.
const TURN: usize = 300;

struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

type Told = BTreeMap<Vec<u8>, Vec<u8>>;

/// What became of each key that asked for a step.
pub(crate) type Outcomes = BTreeMap<String, Outcome>;

/// Both catalogues, and what was agreed on.
pub(crate) struct Passes {
    lower: Arc<CatalogueStore>,
    upper: Arc<CatalogueStore>,
    lane: Arc<dyn Lane>,
    review: Review,
    agreed: BTreeMap<Vec<u8>, (Vec<u8>, Vec<u8>)>,
    pub(crate) policy: Policy,
}

impl Passes {
    /// A new run: nothing is agreed on yet.
    pub(crate) fn new(server: &S3Endpoint, options: CatalogueOptions) -> Passes {
        let opened = stores(client(server), client(server), options);
        let (lower, upper, review) = opened.unwrap_or_else(|error| panic!("{error}"));
        let lane = Arc::clone(&upper).lane_from(Arc::clone(&lower) as Arc<dyn Store>);
        let lane = lane.expect("a lane between catalogues");
        let policy = Policy { delete: Delete::Gone, ..Policy::default() };
        Passes { lower, upper, lane, review, agreed: BTreeMap::new(), policy }
    }

    /// LOWER as a store.
    pub(crate) fn lower(&self) -> &CatalogueStore {
        &self.lower
    }

    /// UPPER as a store.
    pub(crate) fn upper(&self) -> &CatalogueStore {
        &self.upper
    }

    /// What cloning comes to.
    pub(crate) fn review(&self) -> Vec<TableReview> {
        let mut all = Vec::new();
        let read = self.review.each(&mut |table| {
            all.push(table);
            Ok(())
        });
        read.unwrap_or_else(|error| panic!("{error}"));
        all
    }

    /// What cannot be listed on LOWER.
    pub(crate) fn holes(&self) -> Vec<Hole> {
        let mut listing = self.lower.list(request(Side::Lower)).expect("a listing");
        let mut holes = Vec::new();
        while let Some(listed) = listing.next(&Free).unwrap_or_else(|error| panic!("{error}")) {
            if let Listed::Hole(hole) = listed {
                holes.push(hole);
            }
        }
        holes
    }

    /// The verdict of every key that is not the same on both sides.
    pub(crate) fn survey(&self) -> BTreeMap<String, Verdict> {
        let (differing, _, _) = self.compared();
        differing.into_iter().map(|(key, verdict)| (text(&key), verdict)).collect()
    }

    fn compared(&self) -> (BTreeMap<Vec<u8>, Verdict>, Told, Told) {
        let (lower, upper) = (told(&*self.lower, Side::Lower), told(&*self.upper, Side::Upper));
        let keys: BTreeSet<&Vec<u8>> = lower.keys().chain(upper.keys()).collect();
        let facets = |told: Option<&'_ Vec<u8>>| told.cloned();
        let mut differing = BTreeMap::new();
        for key in keys {
            let (one, other) = (facets(lower.get(key)), facets(upper.get(key)));
            let agreed = self.agreed.get(key);
            let agreed = agreed.map(|(lower, upper)| Agreed {
                lower: FacetsRef::checked(lower).expect("facets"),
                upper: FacetsRef::checked(upper),
            });
            let verdict = compare(
                one.as_deref().and_then(FacetsRef::checked),
                agreed,
                other.as_deref().and_then(FacetsRef::checked),
                Comparison::default(),
            );
            if let Some(verdict) = verdict.filter(|verdict| *verdict != Verdict::Same) {
                differing.insert(key.clone(), verdict);
            }
        }
        (differing, lower, upper)
    }

    /// A whole pass.
    pub(crate) fn pass(&mut self) -> Outcomes {
        self.pass_until(usize::MAX)
    }

    /// A pass that ends after so many turns, as if it were killed.
    pub(crate) fn pass_until(&mut self, turns: usize) -> Outcomes {
        let (differing, lower, upper) = self.compared();
        for (key, told) in &lower {
            if let (false, Some(here)) = (differing.contains_key(key), upper.get(key)) {
                self.agreed.insert(key.clone(), (told.clone(), here.clone()));
            }
        }
        let page = page(&differing, &lower, &upper);
        let (mut outcomes, mut left) = (Outcomes::new(), turns);
        for stage in 0..STAGES.len() {
            let steps: Vec<_> = (0..page.len())
                .filter_map(|at| {
                    let step = step(stage, &page.get(at), &self.policy)?;
                    Some((u32::try_from(at).expect("a small page"), step))
                })
                .collect();
            for steps in steps.chunks(TURN) {
                if left == 0 {
                    return outcomes;
                }
                left -= 1;
                let turn = Turn { page: &page, steps, owners: true };
                for (index, outcome) in self.lane.carry(&turn, &Free) {
                    let entry = page.get(index as usize);
                    self.agree(&entry, &outcome);
                    outcomes.insert(text(entry.key.as_bytes()), outcome);
                }
            }
        }
        outcomes
    }

    fn agree(&mut self, entry: &Entry<'_>, outcome: &Outcome) {
        let Some(receipt) = outcome.receipt() else { return };
        let key = entry.key.as_bytes().to_vec();
        match (&receipt.lower, &receipt.upper) {
            (Some(lower), Some(upper)) => {
                self.agreed.insert(key, (lower.to_vec(), upper.to_vec()));
            }
            _ => drop(self.agreed.remove(&key)),
        }
    }
}

fn request(side: Side) -> ListRequest {
    ListRequest { filter: Arc::new(Filter::default()), detail: Detail::Attributes, side }
}

/// What a side tells.
pub(crate) fn told(store: &dyn Store, side: Side) -> Told {
    let mut listing = store.list(request(side)).unwrap_or_else(|error| panic!("{error}"));
    let (mut all, mut last) = (Told::new(), Vec::new());
    while let Some(listed) = listing.next(&Free).unwrap_or_else(|error| panic!("{error}")) {
        let Listed::Page(page) = listed else { panic!("a hole: {listed:?}") };
        for entry in page.iter() {
            let facets = entry.lower.or(entry.upper).expect("facets").as_bytes().to_vec();
            let key = Key::checked(entry.key.as_bytes()).expect("a key").as_bytes().to_vec();
            assert!(last < key, "{} is out of order", entry.key);
            last.clone_from(&key);
            all.insert(key, facets);
        }
    }
    all
}

fn page(differing: &BTreeMap<Vec<u8>, Verdict>, lower: &Told, upper: &Told) -> Page {
    let mut builder = PageBuilder::new();
    for (key, verdict) in differing {
        let facets = |side: &'_ Told| side.get(key).cloned();
        let (one, other) = (facets(lower), facets(upper));
        builder.push(&Entry {
            verdict: *verdict,
            lower: one.as_deref().and_then(FacetsRef::checked),
            upper: other.as_deref().and_then(FacetsRef::checked),
            ..Entry::new(Key::new(key))
        });
    }
    builder.take()
}

fn text(key: &[u8]) -> String {
    String::from_utf8(key.to_vec()).expect("keys of a catalogue are text")
}

/// The keys whose outcome is neither done nor same, with what is said of them.
pub(crate) fn not_good(outcomes: &Outcomes) -> BTreeMap<String, String> {
    let bad = outcomes.iter().filter(|(_, outcome)| !outcome.is_good());
    bad.map(|(key, outcome)| (key.clone(), format!("{outcome:?}"))).collect()
}
