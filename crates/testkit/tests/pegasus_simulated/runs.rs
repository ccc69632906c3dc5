//! Random cutovers: whatever goes wrong, no acknowledged write is missing where clients are led,
//! and no table refuses writes for longer than was promised.

use crate::clients::{Clients, Written};
use crate::faults::Fault;
use crate::world::{Death, MemoryLog, TABLE, World, cutover};
use boatlift_core::saga::{Resumer, Way};
use boatlift_core::{Code, Result, Term};
use boatlift_engine::saga::{Finish, Patience, Request, Setup, recover, run_cutover};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_pegasus::Version;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How long writes may be refused, in milliseconds.
const MAX_REJECT_MS: u64 = 30_000;

/// One random cutover of a version.
struct Run {
    world: Arc<World>,
    log: MemoryLog,
    fault: Fault,
    told: String,
}

impl Run {
    fn new(seed: u64, dice: &mut Dice) -> Run {
        let version = if dice.below(4) == 0 { Version::V2_5 } else { Version::V2_6 };
        let fault = Fault::draw(dice);
        // Servers of 2.5 are tuned by the cutover itself; those of 2.6 by their configuration.
        let sync = match version == Version::V2_5 && dice.once_in(2) {
            true => Duration::from_secs(30),
            false => Duration::from_secs(1),
        };
        let told = format!("seed {seed}, {version:?}, a sync of {sync:?}, {fault:?}");
        let world = World::new(version, seed, |settings| settings.config_sync = sync);
        Run { world: Arc::new(world), log: MemoryLog::default(), fault, told }
    }

    /// A process that begins the cutover, or goes on with it.
    fn process<T>(&self, work: impl FnOnce(&Setup<'_>) -> Result<T>) -> Option<Result<T>> {
        let mover = self.world.mover();
        let setup = Setup {
            cutover: cutover(&mover),
            log: &self.log,
            clock: &*self.world,
            stop: &|| false,
            patience: Patience::default(),
        };
        match catch_unwind(AssertUnwindSafe(|| work(&setup))) {
            Ok(ended) => Some(ended),
            Err(panic) if panic.is::<Death>() => None,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// The cutover, and whoever comes after a death.
    fn hand_over(&self) -> Finish {
        let request = Request {
            way: Way::Upper { reverse_ms: 0 },
            group: 0,
            term: Term(1),
            prepare_ms: 60_000,
            max_reject_ms: MAX_REJECT_MS,
        };
        if let Fault::Death(event) = self.fault {
            self.log.die_at(Some(event));
        }
        let ended = self.process(|setup| run_cutover(setup, &request));
        self.log.die_at(None);
        match ended {
            Some(Ok(finish)) => finish,
            Some(Err(error)) if error.code == Code::Usage => Finish::Undone(error),
            Some(Err(error)) => panic!("{}: {error}", self.told),
            None => {
                // Somebody starts it again, some time later.
                self.world.pass(Duration::from_millis(MAX_REJECT_MS / 4));
                let recovered = self.process(|setup| recover(setup, Term(2), Resumer::Run));
                let recovered = recovered.expect("it does not die again");
                let recovered = recovered.unwrap_or_else(|error| panic!("{}: {error}", self.told));
                let died = boatlift_core::Error::new(Code::SagaFailed, "it died early");
                recovered.unwrap_or(Finish::Undone(died))
            }
        }
    }

    fn judge(&self, finish: &Finish, written: &Written) {
        let there = match (self.world.leads_to_upper(), finish) {
            (true, Finish::Done) => &self.world.upper,
            (false, Finish::Undone(_)) => &self.world.lower,
            (leads, _) => panic!("{}: {finish:?}, and the entry: {leads}", self.told),
        };
        let missing: Vec<String> = written.missing(&there.rows(TABLE)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}, {finish:?}", self.told);
        let most = Duration::from_millis(MAX_REJECT_MS);
        assert!(written.refused <= most, "{}: refused for {:?}", self.told, written.refused);
        let refuses = self.world.lower_refuses();
        assert_eq!(refuses.is_some(), *finish == Finish::Done, "{}: {refuses:?}", self.told);
        assert_eq!((self.world.lower.death(), self.world.upper.death()), (None, None));
    }
}

/// Carries one run out; tells how it ended, and for how long clients were refused.
fn carry_out(seed: u64) -> (Finish, Duration) {
    let mut dice = Dice::new(seed);
    let run = Run::new(seed, &mut dice);
    run.world.bring_in_step();
    let clients = Clients::start(&run.world, &mut dice);
    run.world.pass(Duration::from_millis(500 + dice.below(1_000)));
    run.fault.happen(&run.world, &mut dice);
    let finish = run.hand_over();
    run.world.pass(Duration::from_millis(1_500));
    let written = clients.end(&run.world);
    run.judge(&finish, &written);
    (finish, written.refused)
}

/// How many runs: as many as `BOATLIFT_RUNS` says.
fn runs() -> u64 {
    std::env::var("BOATLIFT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(40)
}

#[test]
fn no_acknowledged_write_is_ever_missing() {
    let mut windows = Vec::new();
    let runs = runs();
    for seed in 0..runs {
        match carry_out(seed) {
            (Finish::Done, refused) => windows.push(refused),
            (Finish::Undone(why), _) => println!("{seed}: undone: {why}"),
        }
    }
    windows.sort();
    let done = windows.len() as u64;
    assert!(done > runs / 4, "{done} of {runs} were handed over");
    println!("{done} of {runs} handed over; refused for {:?} at most", windows.last());
}

/// What the harness is for: a switch by waiting, as the Table-Migrator makes it, loses writes in it.
/// It refuses by time-out, waits 10 s and 30 s, and looks at rates that say nothing of a tail; empty
/// mutations come every 100 s in the configuration that Pegasus ships.
#[test]
fn a_switch_by_waiting_loses_writes() {
    let mut lost = 0;
    for seed in 0..5 {
        let mut dice = Dice::new(seed);
        let world = World::new(Version::V2_5, seed, |settings| {
            settings.group_check = Duration::from_secs(100);
        });
        world.bring_in_step();
        let clients = Clients::start(&world, &mut dice);
        world.pass(Duration::from_secs(2));
        world.deny("timeout*write");
        world.pass(Duration::from_secs(40));
        world.lead_to_upper();
        let written = clients.end(&world);
        lost += written.missing(&world.upper.rows(TABLE)).count();
    }
    assert!(lost > 0, "the harness does not see what is lost");
}
