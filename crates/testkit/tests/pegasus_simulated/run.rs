//! One cutover, whatever goes wrong: carried out, gone on with after a death, and judged.

use crate::faults::Fault;
use boatlift_core::saga::Resumer;
use boatlift_core::{Code, Error, Term};
use boatlift_engine::saga::{Finish, recover, run_cutover};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::pegasus_handover::{Clients, Habits, MemoryLog, World, Written};
use std::sync::Arc;
use std::time::Duration;

/// A cutover.
pub(crate) struct Run {
    pub(crate) world: Arc<World>,
    pub(crate) fault: Fault,
    pub(crate) habits: Habits,
    /// How long writes may be refused.
    pub(crate) max_reject: Duration,
    /// What is said of it when something is wrong.
    pub(crate) told: String,
}

/// How a run ended that is as it should be.
pub(crate) struct Ended {
    pub(crate) finish: Finish,
    /// The longest time for which a client was refused.
    pub(crate) refused: Duration,
}

impl Run {
    /// Carries it out, and judges it.
    ///
    /// # Errors
    /// Says which write is missing where clients are led, or what else was promised and not kept.
    pub(crate) fn carry_out(&self, dice: &mut Dice) -> Result<Ended, String> {
        let world = &self.world;
        world.bring_in_step();
        let clients = Clients::start(world, self.habits, dice);
        world.pass(Duration::from_millis(500 + dice.below(1_000)));
        let log = MemoryLog::default();
        self.fault.happen(world, &log, dice);
        let finish = self.hand_over(&log);
        world.pass(Duration::from_millis(1_500));
        let written = clients.end(world);
        match finish.and_then(|finish| self.judge(finish, &written)) {
            Ok(finish) => Ok(Ended { finish, refused: written.refused }),
            Err(why) => Err(format!("{}: {why}", self.told)),
        }
    }

    /// The cutover, and whoever comes after a death.
    fn hand_over(&self, log: &MemoryLog) -> Result<Finish, String> {
        let request = World::request(self.max_reject);
        let ended = self.world.process(log, |setup| run_cutover(setup, &request));
        log.die_at(None);
        match ended {
            Some(Ok(finish)) => Ok(finish),
            Some(Err(error)) if error.code == Code::Usage => Ok(Finish::Undone(error)),
            Some(Err(error)) => Err(error.to_string()),
            None => {
                // Somebody starts it again, some time later.
                self.world.pass(self.max_reject / 4);
                let recovered =
                    self.world.process(log, |setup| recover(setup, Term(2), Resumer::Run));
                let recovered = recovered.expect("it does not die again");
                let early = Finish::Undone(Error::new(Code::SagaFailed, "it died early"));
                recovered.map(|finish| finish.unwrap_or(early)).map_err(|error| error.to_string())
            }
        }
    }

    fn judge(&self, finish: Finish, written: &Written) -> Result<Finish, String> {
        let world = &self.world;
        let there = match (world.leads_to_upper(), &finish) {
            (true, Finish::Done) => &world.upper,
            (false, Finish::Undone(_)) => &world.lower,
            (true, _) => return Err(format!("clients are led to UPPER by {finish:?}")),
            (false, _) => return Err(format!("clients are led to LOWER by {finish:?}")),
        };
        let missing = written.missing(there);
        if !missing.is_empty() {
            return Err(format!("{missing:?} are missing, {finish:?}"));
        }
        if written.refused > self.max_reject {
            return Err(format!("refused for {:?}, {finish:?}", written.refused));
        }
        let refuses = world.lower_refuses();
        if refuses.is_some() != (finish == Finish::Done) {
            return Err(format!("LOWER refuses {refuses:?}, {finish:?}"));
        }
        match (world.lower.death(), world.upper.death()) {
            (None, None) => Ok(finish),
            deaths => Err(format!("servers ended themselves: {deaths:?}")),
        }
    }
}
