//! Each safeguard of the cutover earns its place: without it the same harness sees a write lost, or
//! clients led to UPPER by a cutover that was undone. With it, the same run is as it should be.

use crate::faults::{Fault, Late};
use crate::run::Run;
use boatlift_mover_pegasus::{Safeguard, Safeguards};
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_pegasus::{Settings, Version};
use boatlift_testkit::pegasus_handover::{Habits, Scope, World};
use std::sync::Arc;
use std::time::Duration;

/// Seeds that are tried at most until one shows what is missed.
const SEEDS: u64 = 60;

/// A situation in which a safeguard is needed.
#[derive(Clone, Copy)]
struct Situation {
    /// The first seed that is tried: those before it show nothing.
    first: u64,
    version: Version,
    partitions: u32,
    config_sync: Duration,
    tuned: fn(&mut Settings),
    fault: fn(&mut Dice) -> Fault,
    habits: Habits,
}

impl Situation {
    /// Two clusters of 2.6 that look for variables every second, and nothing that goes wrong.
    fn plain() -> Situation {
        Situation {
            first: 0,
            version: Version::V2_6,
            partitions: 4,
            config_sync: Duration::from_secs(1),
            tuned: |_| {},
            fault: |_| Fault::Nothing,
            habits: Habits::default(),
        }
    }

    fn run(&self, seed: u64, dice: &mut Dice, changed: impl FnOnce(&mut World)) -> Run {
        let scope = Scope { partitions: self.partitions, ..Scope::simulated(self.version, seed) };
        let mut world = World::new(scope, |settings| {
            settings.config_sync = self.config_sync;
            settings.sticks_once_in = 0;
            (self.tuned)(settings);
        });
        changed(&mut world);
        world.bring_in_step();
        world.settle();
        let (world, fault, habits) = (Arc::new(world), (self.fault)(dice), self.habits);
        let told = format!("seed {seed}, {fault:?}");
        let max_reject = Duration::from_secs(30) + 3 * self.config_sync;
        Run { world, fault, habits, max_reject, told }
    }

    /// Tries seeds until one goes wrong without the safeguard, and not with it.
    fn needs(&self, what: &str, left_out: impl Fn(&mut World)) {
        for seed in self.first..self.first + SEEDS {
            let dice = &mut Dice::new(seed);
            let lost = match self.run(seed, dice, &left_out).carry_out(dice) {
                Err(lost) => lost,
                Ok(kept) => {
                    println!("{seed} without {what}: {:?}", kept.finish);
                    continue;
                }
            };
            println!("without {what}: {lost}");
            let dice = &mut Dice::new(seed);
            let kept = self.run(seed, dice, |_| {}).carry_out(dice);
            assert!(kept.is_ok(), "with {what}: {:?}", kept.err());
            return;
        }
        panic!("nobody misses {what} in {SEEDS} runs");
    }
}

fn without(safeguard: Safeguard) -> impl Fn(&mut World) {
    move |world| world.config.cutover.safeguards = Safeguards::without(safeguard)
}

/// That the variable is set says nothing of a server that has not looked for it yet.
#[test]
fn servers_are_asked_whether_they_refuse() {
    let habits = Habits { pause: Duration::from_millis(300), ..Habits::default() };
    Situation { habits, ..Situation::plain() }.needs("probes", without(Safeguard::Probe));
}

/// A write that was accepted before the fence may be decided behind it: here LOWER's disks are slow.
#[test]
fn what_was_begun_is_waited_for() {
    let tuned = |settings: &mut Settings| {
        if settings.name == "old" {
            settings.log = Duration::from_secs(1);
        }
    };
    let situation = Situation { tuned, ..Situation::plain() };
    situation.needs("prepared equals committed", without(Safeguard::Rest));
}

/// A server that is no primary yet may hear of the fence later than the one that was asked: what it
/// takes until then is behind the bound. Before 2.6 one such write looks like an empty mutation.
#[test]
fn a_primary_that_moved_is_noticed() {
    let fault = |dice: &mut Dice| {
        let after = Duration::from_millis(5_200 + dice.below(4_000));
        Fault::InDrain { partition: 0, server: 1, after }
    };
    let (pause, retry) = (Duration::from_secs(10), Duration::from_millis(100));
    let situation = Situation {
        first: 17,
        version: Version::V2_4,
        partitions: 1,
        config_sync: Duration::from_secs(30),
        fault,
        habits: Habits { clients: 1, pause, retry },
        ..Situation::plain()
    };
    situation.needs("ballots", without(Safeguard::Ballot));
}

/// A switch that is carried out when nobody waits for it any more.
fn late_switch() -> Situation {
    let fault = |dice: &mut Dice| {
        Fault::ZooKeeper(Late::Later(Duration::from_millis(1_100 + dice.below(900))))
    };
    Situation { fault, ..Situation::plain() }
}

#[test]
fn entries_are_set_only_as_they_were_read() {
    late_switch().needs("the entry's version", |world| world.nodes.ignore_versions());
}

#[test]
fn a_switch_that_is_under_way_is_made_impossible() {
    late_switch().needs("spoiling", without(Safeguard::Spoiling));
}
