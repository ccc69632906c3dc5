//! What a cutover of the fake system runs on: a log, a lease and a clock in files, so
//! that several processes can fight over it.

use crate::fake_faults::Scene;
use crate::fake_mover::{FakeMover, Twice};
use boatlift_core::saga::{Resumer, SagaEnd, SwitchEffect};
use boatlift_core::{Code, Cutover, Error, Mover, Result, SagaEvent, SagaState, Term};
use boatlift_engine::saga::{
    Clock, Finish, Lease, Patience, Request, SagaLog, Setup, Watched, guard, recover, run_cutover,
};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::sync::Arc;

/// How long the users of the fake system may be refused, in milliseconds.
pub const MAX_REJECT_MS: u64 = 500;

/// One process that runs, recovers or guards a cutover of the scene's system.
pub struct FakeRun {
    scene: Arc<Scene>,
    /// Its mover.
    pub mover: FakeMover,
    /// Whether every verb of the mover is called twice.
    pub twice: bool,
}

impl FakeRun {
    /// A process in this scene.
    #[must_use]
    pub fn new(scene: Scene) -> FakeRun {
        let scene = Arc::new(scene);
        FakeRun { mover: FakeMover::new(Arc::clone(&scene)), scene, twice: false }
    }

    /// Begins a cutover.
    ///
    /// # Errors
    /// As [`run_cutover`]; [`Code::StateBusy`] without the lease.
    pub fn run(&self) -> Result<Finish> {
        let mut lease = self.lease();
        let term = lease.try_take()?.ok_or_else(busy)?;
        let (prepare_ms, max_reject_ms) = (1_000, MAX_REJECT_MS);
        let request = Request { group: 0, term, prepare_ms, max_reject_ms };
        self.with_setup(|setup| run_cutover(setup, &request))
    }

    /// Ends the cutover that another process left.
    ///
    /// # Errors
    /// As [`recover`]; [`Code::StateBusy`] without the lease.
    pub fn recover(&self) -> Result<Option<Finish>> {
        let mut lease = self.lease();
        let term = lease.try_take()?.ok_or_else(busy)?;
        self.with_setup(|setup| recover(setup, term, Resumer::Run))
    }

    /// Guards the cutover of another process.
    ///
    /// # Errors
    /// As [`guard`].
    pub fn guard(&self) -> Result<Watched> {
        let mut lease = self.lease();
        self.with_setup(|setup| guard(setup, &mut lease))
    }

    /// The log of the system's cutovers.
    #[must_use]
    pub fn log(&self) -> FakeLog<'_> {
        FakeLog { scene: &self.scene }
    }

    /// The right to act on the system.
    #[must_use]
    pub fn lease(&self) -> FakeLease<'_> {
        FakeLease { scene: &self.scene, lock: None }
    }

    /// Calls a verb of the engine with everything it works with.
    pub fn with_setup<T>(&self, verb: impl FnOnce(&Setup<'_>) -> T) -> T {
        let once = self.mover.cutover().expect("it can be cut over");
        let cutover: &dyn Cutover = if self.twice { &Twice(once) } else { once };
        let (log, clock) = (self.log(), FakeClock { scene: &self.scene });
        let stop = || self.scene.is_interrupted();
        let patience = Patience { attempts: 3, pause_ms: 5 };
        verb(&Setup { cutover, log: &log, clock: &clock, stop: &stop, patience })
    }
}

/// Events as lines of JSON in one file. Appends of several processes come one after the
/// other; a line that a dying process did not finish does not count.
pub struct FakeLog<'a> {
    scene: &'a Scene,
}

impl FakeLog<'_> {
    /// All events so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events(&self) -> Result<Vec<SagaEvent>> {
        self.open().and_then(|mut file| read(&mut file)).map_err(|error| self.cannot(error))
    }

    fn open(&self) -> std::io::Result<File> {
        let path = self.scene.system.dir().join("saga.jsonl");
        OpenOptions::new().read(true).append(true).create(true).open(path)
    }

    fn cannot(&self, error: std::io::Error) -> Error {
        Error::new(Code::StateIo, "cannot use log").because(error)
    }

    fn append(&self, term: Term, event: &SagaEvent) -> Result<()> {
        let mut file = self.open().map_err(|error| self.cannot(error))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| self.cannot(error.into()))?;
        let state = fold(&read(&mut file).map_err(|error| self.cannot(error))?)?;
        if state.term() > term {
            return Err(Error::new(Code::TermNewer, "cannot write log").on(term));
        }
        state.after(event).map_err(|illegal| Error::new(Code::Bug, illegal.to_string()))?;
        let mut line = serde_json::to_vec(event).expect("an event is plain data");
        line.push(b'\n');
        file.write_all(&line).map_err(|error| self.cannot(error))
    }
}

impl SagaLog for FakeLog<'_> {
    fn state(&self) -> Result<SagaState> {
        fold(&self.events()?)
    }

    fn commit(&self, term: Term, event: &SagaEvent) -> Result<()> {
        let name = name(event);
        self.scene.point(&format!("before {name}"))?;
        self.append(term, event)?;
        self.scene.point(&format!("after {name}"))
    }
}

/// A lock that a process holds until it dies, and the system's term.
pub struct FakeLease<'a> {
    scene: &'a Scene,
    lock: Option<File>,
}

impl Lease for FakeLease<'_> {
    fn try_take(&mut self) -> Result<Option<Term>> {
        let lock = File::create(self.scene.system.dir().join("lease")).expect("a lock file");
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        self.lock = Some(lock);
        self.seize().map(Some)
    }

    fn seize(&mut self) -> Result<Term> {
        Ok(self.scene.system.raise_term())
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

fn read(file: &mut File) -> std::io::Result<Vec<SagaEvent>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
    }
    text[..whole].lines().map(|line| serde_json::from_str(line).map_err(Into::into)).collect()
}

fn fold(events: &[SagaEvent]) -> Result<SagaState> {
    let step = |state: SagaState, event| state.after(event);
    let folded = events.iter().try_fold(SagaState::default(), step);
    folded.map_err(|illegal| Error::new(Code::StateDamaged, illegal.to_string()))
}

fn busy() -> Error {
    Error::new(Code::StateBusy, "cannot take the lease")
}
