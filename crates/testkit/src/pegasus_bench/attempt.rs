//! One handover, as clients feel it: ours, and by waiting as the seed system does it.

use super::windows::Profile;
use crate::bench::{Result, Taken};
use crate::dice::Dice;
use crate::fake_pegasus::Settings;
use crate::pegasus_handover::{Clients, Habits, MemoryLog, Scope, World};
use boatlift_engine::saga::{Finish, run_cutover};
use std::time::Duration;

/// Clients that write before anything is refused.
const BEFORE: Duration = Duration::from_secs(1);
/// The seed system waits at least so long behind its fence: a round, and a safety margin.
const WAITED: Duration = Duration::from_secs(10 + 30);

/// What came of a handover.
pub(super) struct Attempt {
    /// Whether clients were led to UPPER.
    pub(super) is_done: bool,
    /// The longest time for which a client was kept from writing.
    pub(super) window: Duration,
    /// Acknowledged writes that are missing where clients are led.
    pub(super) lost: usize,
    /// What was foreseen of the window.
    pub(super) foreseen: Duration,
}

impl Attempt {
    pub(super) fn taken(&self) -> Taken {
        Taken::here(self.window.as_secs_f64())
    }

    /// A cutover of ours.
    ///
    /// # Errors
    /// When it cannot be begun, or does not end.
    pub(super) fn ours(
        scope: Scope,
        max_reject: Duration,
        tuned: impl Fn(&mut Settings),
    ) -> Result<Attempt> {
        let mut dice = Dice::new(scope.seed);
        let world = World::new(scope, tuned);
        world.bring_in_step();
        world.settle();
        let clients = Clients::start(&world, habits(max_reject), &mut dice);
        world.pass(BEFORE + Duration::from_millis(dice.below(1_000)));
        let log = MemoryLog::default();
        let cutover = world.process(&log, |setup| {
            let foreseen = setup.cutover.latencies()?.window_ms;
            Ok((run_cutover(setup, &World::request(max_reject))?, foreseen))
        });
        let (finish, foreseen) = cutover.ok_or("a cutover died")??;
        world.pass(Duration::from_millis(100));
        let written = clients.end(&world);
        let is_done = finish == Finish::Done;
        if is_done != world.leads_to_upper() {
            return Err(format!("{finish:?} does not agree with the entry").into());
        }
        let lost = written.missing(if is_done { &world.upper } else { &world.lower }).len();
        let foreseen = Duration::from_millis(foreseen);
        Ok(Attempt { is_done, window: written.refused, lost, foreseen })
    }

    /// Table-Migrator's way: writes run into their time-outs, which says nothing to clients; it
    /// waits, leads them over, and lets LOWER refuse them.
    pub(super) fn by_waiting(profile: &Profile, seed: u64) -> Attempt {
        let mut dice = Dice::new(seed);
        let world = World::new(Scope::simulated(profile.version, seed), |settings| {
            profile.tune(settings);
        });
        world.bring_in_step();
        world.settle();
        let clients = Clients::start(&world, Habits::default(), &mut dice);
        world.pass(BEFORE + Duration::from_millis(dice.below(1_000)));
        world.deny("timeout*write");
        world.pass(WAITED);
        world.lead_to_upper();
        world.deny("reconfig*all");
        let written = clients.end(&world);
        let lost = written.missing(&world.upper).len();
        Attempt { is_done: true, window: written.stalled, lost, foreseen: Duration::ZERO }
    }
}

/// Clients that are refused for a minute need not ask two hundred times a second.
fn habits(max_reject: Duration) -> Habits {
    let retry = if max_reject > Duration::from_secs(60) { 50 } else { 5 };
    Habits { retry: Duration::from_millis(retry), ..Habits::default() }
}
