//! What the harness is for: the algorithm of the seed system, by waiting, loses writes in it.

use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_pegasus::Version;
use boatlift_testkit::pegasus_handover::{Clients, Habits, Scope, World};
use std::time::Duration;

/// A switch as Table-Migrator makes it. It refuses by time-out, waits 10 s and 30 s, and looks at
/// rates that say nothing of a tail; empty mutations come every 100 s in the configuration that
/// Pegasus ships.
#[test]
fn a_switch_by_waiting_loses_writes() {
    let mut lost = 0;
    for seed in 0..5 {
        let mut dice = Dice::new(seed);
        let world = World::new(Scope::simulated(Version::V2_5, seed), |settings| {
            settings.group_check = Duration::from_secs(100);
        });
        world.bring_in_step();
        let clients = Clients::start(&world, Habits::default(), &mut dice);
        world.pass(Duration::from_secs(2));
        world.deny("timeout*write");
        world.pass(Duration::from_secs(40));
        world.lead_to_upper();
        let written = clients.end(&world);
        lost += written.missing(&world.upper).len();
    }
    assert!(lost > 0, "the harness does not see what is lost");
}
