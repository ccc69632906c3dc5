//! A cutover of the fake system, on a real journal and a real lock: several processes can
//! fight over it, and each can be killed.

use crate::fake_faults::Scene;
use crate::fake_mover::{FakeMover, Twice};
use crate::fake_system::FakeSystem;
use boatlift_core::saga::{Resumer, SagaEnd, SwitchEffect, Way};
use boatlift_core::{Code, Cutover, Error, Event, Mover, Result, SagaEvent, SagaState, Term};
use boatlift_engine::journal::Journal;
use boatlift_engine::saga::{
    Clock, Endurance, Finish, JournalLog, Lease, Patience, Request, SagaLog, Setup, StateLease,
    Watched, guard, recover, run_cutover,
};
use boatlift_engine::state::StateDir;
use std::sync::Arc;
use std::time::Duration;

/// How long the users of the fake system may be refused, in milliseconds.
pub const MAX_REJECT_MS: u64 = 500;

/// How often a process asks for the lease, a millisecond apart.
const LEASE_TRIES: u32 = 1_000;

/// One process that runs, recovers or guards a cutover of the scene's system.
pub struct FakeRun {
    scene: Arc<Scene>,
    /// Its mover.
    pub mover: FakeMover,
    /// Whether every verb of the mover is called twice.
    pub twice: bool,
    state: StateDir,
    journal: Journal,
}

impl FakeRun {
    /// Opens the move of a new system.
    pub fn open_move(system: &FakeSystem) {
        let (_, journal) = open_state(system);
        let (move_id, name, mover) = ("1".to_owned(), "fake".to_owned(), "fake".to_owned());
        journal.commit(Event::MoveOpened { move_id, name, mover }).expect("the first event");
    }

    /// A process in this scene.
    #[must_use]
    pub fn new(scene: Scene) -> FakeRun {
        let (state, journal) = open_state(&scene.system);
        let scene = Arc::new(scene);
        let mover = FakeMover::new(Arc::clone(&scene));
        FakeRun { scene, mover, twice: false, state, journal }
    }

    /// Begins a cutover.
    ///
    /// # Errors
    /// As [`run_cutover`]; [`Code::StateBusy`] without the lease.
    pub fn run(&self) -> Result<Finish> {
        self.with_lease(|lease| {
            let term = taken(lease)?;
            let (prepare_ms, max_reject_ms) = (1_000, MAX_REJECT_MS);
            let way = Way::Upper { reverse_ms: 0 };
            let request = Request { way, group: 0, term, prepare_ms, max_reject_ms };
            self.with_setup(|setup| run_cutover(setup, &request))
        })
    }

    /// Ends the cutover that another process left.
    ///
    /// # Errors
    /// As [`recover`]; [`Code::StateBusy`] without the lease.
    pub fn recover(&self) -> Result<Option<Finish>> {
        self.with_lease(|lease| {
            let term = taken(lease)?;
            self.with_setup(|setup| recover(setup, term, Resumer::Run))
        })
    }

    /// Guards the cutover of another process.
    ///
    /// # Errors
    /// As [`guard`].
    pub fn guard(&self) -> Result<Watched> {
        self.with_lease(|lease| self.with_setup(|setup| guard(setup, lease)))
    }

    /// The log of the system's cutovers.
    #[must_use]
    pub fn log(&self) -> FakeLog<'_> {
        FakeLog { scene: &self.scene, journal: JournalLog::new(&self.journal) }
    }

    /// Calls `verb` with the right to act on the system, which it has to take first.
    pub fn with_lease<T>(&self, verb: impl FnOnce(&mut dyn Lease) -> T) -> T {
        let raise = |term| {
            self.scene.system.raise_term(term);
            Ok(())
        };
        verb(&mut StateLease::new(&self.state, &raise))
    }

    /// Calls a verb of the engine with everything it works with.
    pub fn with_setup<T>(&self, verb: impl FnOnce(&Setup<'_>) -> T) -> T {
        let once = self.mover.cutover().expect("it can be cut over");
        let cutover: &dyn Cutover = if self.twice { &Twice(once) } else { once };
        let (log, clock) = (self.log(), FakeClock { scene: &self.scene });
        let stop = || self.scene.is_interrupted();
        let while_refused = Endurance::GiveUp;
        let patience = Patience { attempts: 3, pause_ms: 5, while_refused };
        verb(&Setup { cutover, log: &log, clock: &clock, stop: &stop, patience })
    }
}

/// The journal, with a point before and after every event: before it, the event is not
/// taken; after it, only the answer is lost.
pub struct FakeLog<'a> {
    scene: &'a Scene,
    journal: JournalLog<'a>,
}

impl SagaLog for FakeLog<'_> {
    fn state(&self) -> Result<SagaState> {
        self.journal.state()
    }

    fn commit(&self, term: Term, event: &SagaEvent) -> Result<()> {
        let name = name(event);
        self.scene.point(&format!("before {name}"))?;
        self.journal.commit(term, event)?;
        self.scene.point(&format!("after {name}"))
    }
}

/// The system's own time: it stands still unless somebody works or waits.
pub struct FakeClock<'a> {
    scene: &'a Scene,
}

impl Clock for FakeClock<'_> {
    fn now_ms(&self) -> u64 {
        self.scene.system.world().now_ms
    }

    fn pause(&self, milliseconds: u64) {
        self.scene.system.change(|world| world.now_ms += milliseconds);
    }
}

/// The event as the points before and after it are named.
#[must_use]
pub fn name(event: &SagaEvent) -> String {
    match event {
        SagaEvent::Begun { .. } => "begun".to_owned(),
        SagaEvent::Resumed { .. } => "resumed".to_owned(),
        SagaEvent::Intent { step, .. } => format!("intent {step}"),
        SagaEvent::Made { step, .. } => format!("made {step}"),
        SagaEvent::Failed { step, .. } => format!("failed {step}"),
        SagaEvent::SwitchRead { effect: SwitchEffect::Taken } => "read taken".to_owned(),
        SagaEvent::SwitchRead { effect: SwitchEffect::NotTaken } => "read not taken".to_owned(),
        SagaEvent::SwitchRead { effect: SwitchEffect::Spoiled } => "read spoiled".to_owned(),
        SagaEvent::UndoBegun { .. } => "undo begun".to_owned(),
        SagaEvent::SpoilIntent => "spoil intent".to_owned(),
        SagaEvent::Spoiled => "spoiled".to_owned(),
        SagaEvent::UndoIntent { step } => format!("undo intent {step}"),
        SagaEvent::Undone { step } => format!("undone {step}"),
        SagaEvent::UndoFailed { step, .. } => format!("undo failed {step}"),
        SagaEvent::Ended { how: SagaEnd::Done } => "ended done".to_owned(),
        SagaEvent::Ended { how: SagaEnd::Undone } => "ended undone".to_owned(),
    }
}

fn open_state(system: &FakeSystem) -> (StateDir, Journal) {
    let state = StateDir::create_or_open(&system.dir().join("state")).expect("a state directory");
    let journal = Journal::open(&state.journal_path()).expect("a journal");
    (state, journal)
}

/// The lease, soon: a child that another thread is starting may hold a copy of the lock of
/// a process that is gone, for an instant.
fn taken(lease: &mut dyn Lease) -> Result<Term> {
    for _ in 0..LEASE_TRIES {
        match lease.try_take()? {
            Some(term) => return Ok(term),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Err(Error::new(Code::StateBusy, "cannot take the lease"))
}
