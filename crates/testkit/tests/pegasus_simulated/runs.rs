//! Random cutovers: whatever goes wrong, no acknowledged write is missing where clients are led,
//! and no table refuses writes for longer than was promised.

use crate::faults::Fault;
use crate::run::{Ended, Run};
use boatlift_engine::saga::Finish;
use boatlift_testkit::dice::Dice;
use boatlift_testkit::fake_pegasus::Version;
use boatlift_testkit::pegasus_handover::{Habits, Scope, Time, World};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long writes may be refused by servers that look for variables every second.
const MAX_REJECT: Duration = Duration::from_secs(30);
/// Runs in real time that go on side by side: they wait most of the time.
const SIDE_BY_SIDE: usize = 4;

/// A random cutover.
fn random(seed: u64, time: Time, dice: &mut Dice) -> Run {
    let version = if dice.below(4) == 0 { Version::V2_5 } else { Version::V2_6 };
    let fault = Fault::draw(dice, 4);
    // Servers of 2.5 are tuned by the cutover itself; those of 2.6 by their configuration.
    let sync = match version == Version::V2_5 && dice.once_in(2) {
        true => Duration::from_secs(30),
        false => Duration::from_secs(1),
    };
    let told = format!("seed {seed}, {version:?}, a sync of {sync:?}, {fault:?}");
    let scope = Scope { time, ..Scope::simulated(version, seed) };
    let world = World::new(scope, |settings| settings.config_sync = sync);
    let habits = Habits { retry: Duration::from_millis(20), ..Habits::default() };
    let world = Arc::new(world);
    Run { world, fault, habits, max_reject: MAX_REJECT, told }
}

fn carry_out(seed: u64, time: Time) -> Result<Ended, String> {
    let mut dice = Dice::new(seed);
    let run = random(seed, time, &mut dice);
    run.carry_out(&mut dice)
}

/// Which seeds: the first ones, or as many as the variable `runs` says, from `BOATLIFT_FIRST_RUN` on.
fn seeds(runs: &str, unless_said: u64) -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let first = number("BOATLIFT_FIRST_RUN").unwrap_or(0);
    first..first + number(runs).unwrap_or(unless_said)
}

#[test]
fn no_acknowledged_write_is_ever_missing() {
    let (mut windows, mut wrong) = (Vec::new(), Vec::new());
    let seeds = seeds("BOATLIFT_RUNS", 40);
    for seed in seeds.clone() {
        match carry_out(seed, Time::Simulated) {
            Ok(Ended { finish: Finish::Done, refused }) => windows.push(refused),
            Ok(Ended { finish: Finish::Undone(why), .. }) => println!("{seed}: undone: {why}"),
            Err(why) => {
                println!("WRONG: {why}");
                wrong.push(why);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    windows.sort();
    let (done, runs) = (windows.len() as u64, seeds.end - seeds.start);
    assert!(done > runs / 4, "{done} of {runs} were handed over");
    println!("{done} of {runs} handed over; refused for {:?} at most", windows.last());
}

/// The same over sockets, and at the machine's own pace: a run takes up to a minute.
#[test]
fn nor_in_real_time() {
    let seeds = seeds("BOATLIFT_REAL_RUNS", 2);
    let (next, done) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let ended = carry_out(seed, Time::Real);
                    let Ended { finish, refused } = ended.unwrap_or_else(|why| panic!("{why}"));
                    done.fetch_add(u64::from(finish == Finish::Done), Ordering::Relaxed);
                    println!("{seed}: {finish:?}, refused for {refused:?} at most");
                }
            });
        }
    });
    assert!(done.into_inner() > 0, "none was handed over");
}

/// 2.4 cannot be told to look for variables more often: a window is long, and not longer than was
/// promised.
#[test]
fn tables_of_2_4_are_handed_over_too() {
    let mut done = 0;
    for seed in 0..3 {
        let mut dice = Dice::new(seed);
        let (fault, told) = (Fault::Nothing, format!("seed {seed} of 2.4"));
        let world = Arc::new(World::new(Scope::simulated(Version::V2_4, seed), |_| {}));
        world.bring_in_step();
        world.settle();
        let habits = Habits { retry: Duration::from_millis(50), ..Habits::default() };
        let max_reject = Duration::from_secs(120);
        let run = Run { world, fault, habits, max_reject, told };
        let ended = run.carry_out(&mut dice).unwrap_or_else(|why| panic!("{why}"));
        println!("{seed}: {:?}, refused for {:?}", ended.finish, ended.refused);
        done += u64::from(ended.finish == Finish::Done);
    }
    assert_eq!(done, 3);
}
