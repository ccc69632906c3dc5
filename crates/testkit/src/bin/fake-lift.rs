//! One process of a fake cutover, for tests that kill it: `fake-lift VERB DIR FAULT...`,
//! where the verb is `run`, `recover` or `guard`. Prints how it ended in one line.

use boatlift_core::Result;
use boatlift_engine::saga::{Finish, Watched};
use boatlift_testkit::fake_faults::{Rule, Scene};
use boatlift_testkit::fake_run::FakeRun;
use boatlift_testkit::fake_system::FakeSystem;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, dir, faults @ ..] = arguments.as_slice() else {
        eprintln!("usage: fake-lift run|recover|guard DIR FAULT...");
        return ExitCode::from(2);
    };
    let faults: Result<Vec<Rule>, String> = faults.iter().map(|rule| rule.parse()).collect();
    let faults = match faults {
        Ok(faults) => faults,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let scene = Scene::new(FakeSystem::open(Path::new(dir)), faults);
    println!("{}", told(verb, &FakeRun::new(scene)));
    ExitCode::SUCCESS
}

fn told(verb: &str, run: &FakeRun) -> String {
    let end = match verb {
        "run" => run.run().map(Some),
        "recover" => run.recover(),
        _ => run.guard().map(|watched| match watched {
            Watched::EndedByGuard(finish) => Some(finish),
            Watched::Nothing | Watched::EndedByRun(_) => None,
        }),
    };
    match end {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(Finish::Done)) => "done".to_owned(),
        Ok(Some(Finish::Undone(why))) => format!("undone {} {why}", why.code),
        Err(error) => format!("error {} {error}", error.code),
    }
}
