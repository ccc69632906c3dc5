//! Invented histories for the tests of reports and of status: events with fixed times,
//! and the segments that they name.

use crate::journal::View;
use crate::segment::SegmentWriter;
use boatlift_core::event::{End, Note, Tally};
use boatlift_core::facets::{Facets, FacetsRef, Kind};
use boatlift_core::lane::Step;
use boatlift_core::mover::{Group, Mover, Order, Route, Stage};
use boatlift_core::outcome::Proof;
use boatlift_core::phase::Turn;
use boatlift_core::plan::{Agreement, PlannedRoute, Positions, SegmentRef, Sum, Totals};
use boatlift_core::policy::{Delete, Held, Policy, Verify};
use boatlift_core::store::{Hole, RootFacts};
use boatlift_core::{
    Code, Digest, Entry, Error, Event, Key, KeyBuf, Leaving, Plan, Side, Term, Verdict,
};
use std::path::Path;

/// 2026-11-20T21:00:00Z.
const BEGIN_MS: i64 = 1_795_208_400_000;

/// A mover that carries what LOWER has and removes what only UPPER has.
pub(crate) struct Carrier;

impl Mover for Carrier {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn groups(&self) -> Vec<Group> {
        let route = Route { lower: "/old".into(), upper: "/new".into() };
        vec![Group { name: "tree".into(), routes: vec![route], remakes: false }]
    }

    fn stages(&self, _group: u32) -> &'static [Stage] {
        const STAGES: &[Stage] = &[
            Stage {
                name: "contents",
                order: Order::Forward,
                carries: true,
                removes: false,
                verifies: false,
            },
            Stage {
                name: "removals",
                order: Order::Backward,
                carries: false,
                removes: true,
                verifies: false,
            },
            Stage {
                name: "look",
                order: Order::Forward,
                carries: false,
                removes: false,
                verifies: true,
            },
        ];
        STAGES
    }

    fn step(&self, _group: u32, stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
        match (stage, entry.lower, entry.verdict) {
            (_, _, Verdict::Same) => None,
            (0, Some(_), Verdict::Moved) => Some(Step::Rename),
            (0, Some(_), _) => Some(Step::Carry),
            (1, None, Verdict::Gone) => (policy.delete >= Delete::Gone).then_some(Step::Remove),
            (1, None, Verdict::Foreign) => (policy.delete == Delete::All).then_some(Step::Remove),
            (2, Some(_), _) => Some(Step::Look),
            _ => None,
        }
    }
}

/// A history in the making: every event comes a second after the one before.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) events: Vec<(u64, i64, Event)>,
}

impl Story {
    pub(crate) fn then(mut self, event: Event) -> Self {
        let number = self.events.len() as u64 + 1;
        self.events.push((number, BEGIN_MS + number as i64 * 1000, event));
        self
    }

    pub(crate) fn turned(self, turn: Turn) -> Self {
        self.then(Event::Turned { group: 0, turn })
    }

    pub(crate) fn run_begun(self, term: u64) -> Self {
        let (host, version) = ("lift1".to_owned(), "0.1.0".to_owned());
        self.then(Event::RunBegun { term: Term(term), pid: 4711, host, version })
    }

    pub(crate) fn stage(self, stage: u32, tally: Tally) -> Self {
        self.then(Event::StageBegun { plan: 1, route: 0, stage }).then(Event::StageDone {
            plan: 1,
            route: 0,
            stage,
            tally,
        })
    }

    pub(crate) fn view(&self) -> View {
        View::fold(self.events.clone()).expect("a legal history")
    }

    /// Opened, run, its roots seen and its survey begun.
    fn surveying() -> Story {
        Story::default()
            .then(Event::MoveOpened {
                move_id: "5f0c".into(),
                name: "trees".into(),
                mover: "tree".into(),
            })
            .run_begun(1)
            .turned(Turn::Begin)
            .then(Event::RootsSeen {
                group: 0,
                route: 0,
                lower: root("/old", "ext4"),
                upper: root("/new", "xfs"),
            })
            .turned(Turn::Checked)
    }
}

/// A first copy in which all goes well, with a sample read back.
pub(crate) fn clean(segments: &Path) -> Story {
    let policy = Policy { verify: Verify::Sample, ..Policy::default() };
    let entries = [("a", Verdict::Added), ("b/", Verdict::Added), ("b/c", Verdict::Added)];
    let difference = difference(segments, entries.map(|(key, v)| (key.as_bytes(), v)));
    let agreed = agreed(segments, &[b"a", b"b/c"]);
    let plan = plan(policy, difference, Vec::new());
    let sample = Tally { same: 2, bytes: 8192, ..proved(Proof::ReadBack, 2) };
    Story::surveying()
        .then(Event::PlanMade { plan })
        .turned(Turn::PlanMade)
        .turned(Turn::CopyBegun)
        .then(Event::LeavingMade { id: 1, leaving: Leaving::Mark })
        .stage(0, Tally { done: 3, bytes: 8192, ..proved(Proof::Carried, 2) })
        .turned(Turn::CopyEnded)
        .stage(2, Tally { same: 3, ..proved(Proof::Listed, 3) })
        .then(settled(&agreed))
        .then(Event::LeavingGone { id: 1 })
        .then(Event::VerifyBegun {
            group: 0,
            route: 0,
            mode: Verify::Sample,
            agreed,
            seed: Some(1),
        })
        .then(Event::VerifyPassed { group: 0, route: 0, pages: 1, tally: sample.clone() })
        .then(Event::VerifyDone { group: 0, route: 0, tally: sample })
        .turned(Turn::Verified)
        .then(Event::RunEnded { end: End::Done, error: None })
}

/// Names that break what is not careful: markup, formulas, escapes, other alphabets.
pub(crate) const HOSTILE: [&[u8]; 7] = [
    b"=HYPERLINK(\"file:x\",1)",
    b"`` | </code><script>alert(1)</script>\n# title",
    b"a,b;\"c\"\r\n",
    b"back\\slash",
    b"esc\x1b[2J",
    b"not-utf8-\xff\xfe",
    "\u{202e}gpj.exe".as_bytes(),
];

/// All that can go wrong: hostile names in every class, a hole, items that failed, held
/// removals, a run that was killed, people who decide.
pub(crate) fn troubled(segments: &Path) -> Story {
    let policy = Policy { delete: Delete::All, filter: vec!["- *.o".into()], ..Policy::default() };
    let verdicts = [
        Verdict::Foreign,
        Verdict::Gone,
        Verdict::Drifted,
        Verdict::Conflict,
        Verdict::Moved,
        Verdict::Changed,
        Verdict::Unknown,
    ];
    let mut rows: Vec<_> = HOSTILE.into_iter().zip(verdicts).collect();
    rows.sort_unstable();
    let difference = difference(segments, rows);
    let held = vec![Held::Limit { removals: 2, allowed: 0 }];
    let agreed = agreed(segments, &[b"back\\slash"]);
    let tally = Tally { done: 2, failed: 1, skipped: 1, moving: 1, ..proved(Proof::Carried, 2) };
    Story::surveying()
        .then(Event::HoleFound { plan: 1, route: 0, side: Side::Lower, hole: hole(b"lost/") })
        .run_begun(2)
        .turned(Turn::Begin)
        .turned(Turn::Checked)
        .then(Event::HoleFound { plan: 1, route: 0, side: Side::Upper, hole: hole(HOSTILE[1]) })
        .then(Event::PlanMade { plan: plan(policy, difference, held) })
        .turned(Turn::PlanMade)
        .turned(Turn::CopyBegun)
        .then(Event::Paused { by: "<b>eve</b>".into() })
        .then(Event::Resumed { by: "adam".into() })
        .then(Event::LimitsSet { limits: Default::default(), by: "adam".into() })
        .then(Event::SkipAsked {
            key: KeyBuf::from(HOSTILE[3]),
            reason: "| not *mine* |\n".into(),
            by: "adam".into(),
        })
        .then(Event::LeavingMade { id: 1, leaving: Leaving::Temporaries { plan: 1 } })
        .then(Event::StageBegun { plan: 1, route: 0, stage: 0 })
        .then(note(HOSTILE[5], "failed"))
        .then(note(HOSTILE[3], "skipped"))
        .then(note(b"only-a-note", "moving"))
        .then(note(b"was-made-after-all", "vanished"))
        .then(Event::StageDone { plan: 1, route: 0, stage: 0, tally })
        .turned(Turn::CopyEnded)
        .stage(2, Tally { same: 2, ..proved(Proof::Listed, 2) })
        .then(settled(&agreed))
        .turned(Turn::Held)
        .then(Event::RunEnded { end: End::Waiting, error: None })
}

fn root(path: &str, system: &str) -> RootFacts {
    RootFacts {
        position: None,
        resolved: path.into(),
        device: format!("{system}-1"),
        system: system.into(),
        ancestry: Vec::new(),
        is_empty: false,
        sets_owners: true,
        free_bytes: Some(1 << 40),
    }
}

fn hole(under: &[u8]) -> Hole {
    let error = Error::new(Code::ListingFailed, "cannot list").on(Key::new(under)).because("EIO");
    Hole { under: KeyBuf::from(under), error }
}

fn note(key: &[u8], state: &str) -> Event {
    let failed = Error::new(Code::ReadFailed, "cannot read").on(Key::new(key)).because("EIO\n| x");
    Event::Noted(Note {
        plan: 1,
        route: 0,
        key: KeyBuf::from(key),
        verdict: Verdict::Changed,
        stage: "contents".into(),
        state: state.into(),
        attempts: 4,
        reason: (state == "skipped").then(|| "| not *mine* |\n".into()),
        error: (state == "failed").then_some(failed),
    })
}

pub(crate) fn proved(proof: Proof, items: u64) -> Tally {
    Tally { proofs: [(proof, items)].into(), ..Tally::default() }
}

fn settled(agreed: &SegmentRef) -> Event {
    let agreed = Agreement {
        positions: Positions::default(),
        segment: agreed.clone(),
        lower_device: "ext4-1".into(),
        upper_device: "xfs-1".into(),
    };
    Event::Settled { plan: 1, group: 0, route: 0, agreed }
}

fn plan(policy: Policy, found: (SegmentRef, Totals), held: Vec<Held>) -> Plan {
    let (difference, totals) = found;
    let routes = vec![PlannedRoute {
        route: 0,
        difference,
        totals,
        holes: 0,
        positions: Positions::default(),
    }];
    Plan { number: 1, group: 0, term: Term(1), policy, routes, held }
}

fn file(size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    Facets { size: Some(size), ..Facets::of(Kind::File) }.encode(&mut bytes);
    bytes
}

/// Files of 4 KiB, on the sides that their verdict says.
fn difference<'a>(
    segments: &Path,
    rows: impl IntoIterator<Item = (&'a [u8], Verdict)>,
) -> (SegmentRef, Totals) {
    let bytes = file(4096);
    let facets = FacetsRef::checked(&bytes);
    let mut totals = Totals::default();
    let mut writer = SegmentWriter::create(segments, "difference").expect("a segment");
    for (key, verdict) in rows {
        let only_upper = matches!(verdict, Verdict::Gone | Verdict::Foreign);
        let lower = facets.filter(|_| !only_upper);
        let upper = facets.filter(|_| verdict != Verdict::Added);
        let partner = (verdict == Verdict::Moved).then(|| Key::new(b"former|name"));
        let entry = Entry { verdict, lower, upper, partner, ..Entry::new(Key::new(key)) };
        writer.push(&entry).expect("pushed");
        totals.verdicts.entry(verdict).or_default().add(4096);
        totals.removals += u64::from(only_upper);
        if !only_upper {
            totals.lower.add(4096);
            totals.carry.add(4096);
        }
    }
    totals.upper = Sum { entries: totals.removals, bytes: totals.removals * 4096 };
    (writer.finish().expect("finished"), totals)
}

fn agreed(segments: &Path, keys: &[&[u8]]) -> SegmentRef {
    let bytes = file(4096);
    let facets = FacetsRef::checked(&bytes);
    let mut writer = SegmentWriter::create(segments, "agreed").expect("a segment");
    for key in keys {
        let digest = Some(Digest::Blake3([7; 32]));
        let entry = Entry { lower: facets, upper: facets, digest, ..Entry::new(Key::new(key)) };
        writer.push(&entry).expect("pushed");
    }
    writer.finish().expect("finished")
}
