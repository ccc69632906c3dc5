//! The program `boatlift`: reads what was typed, does it, and says how it ended. The one
//! place that knows all movers and stores; what a move is and does lives below.

mod args;
mod commands;
mod ending;
mod exit;
mod hadoop;
mod hints;
mod hive_buckets;
mod hive_files;
mod hive_grants;
mod keys;
mod logging;
mod movefile;
mod opener;
mod output;
mod pages;
mod place;
mod progress;
mod redshift_files;
mod running;
mod show;
mod steer;

use args::{Cli, Global, Verb};
use boatlift_core::Result;
use clap::Parser;
use exit::Exit;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Cli { global, verb } = Cli::parse_from(args::dashes::translated(std::env::args_os()));
    let output = Output::new(&global);
    let exit = carry_out(verb, &global, &output).unwrap_or_else(|error| {
        output.error(&error);
        Exit::from(error.code)
    });
    exit.into()
}

fn carry_out(verb: Verb, global: &Global, output: &Output) -> Result<Exit> {
    match verb {
        Verb::Init(command) => command.run(output),
        Verb::Check(command) => command.run(global, output),
        Verb::Plan(command) => command.run(global, output),
        Verb::Run(command) => command.run(global, output),
        Verb::Mirror(command) => command.run(global, output),
        Verb::HmsMirror(command) => command.run(global, output),
        Verb::ExternalReplicator(command) => command.run(global, output),
        Verb::TableMigrator(command) => command.run(global, output),
        Verb::Policy(command) => command.run(global, output),
        Verb::Redshift(command) => command.run(global, output),
        Verb::Status(command) => command.run(global, output),
        Verb::Items(command) => command.run(global, output),
        Verb::Retry(command) => command.run(global, output),
        Verb::Skip(command) => command.run(global, output),
        Verb::Explain(command) => command.run(global, output),
        Verb::Pause(command) => command.run(global, output),
        Verb::Resume(command) => command.run(global, output),
        Verb::Set(command) => command.run(global, output),
        Verb::Verify(command) => command.run(global, output),
        Verb::Cutover(command) => command.run(global, output),
        Verb::Guard(command) => command.run(global, output),
        Verb::Finish(command) => command.run(global, output),
        Verb::Abandon(command) => command.run(global, output),
        Verb::Report(command) => command.run(global, output),
        Verb::Config(command) => command.run(global, output),
        Verb::Journal(command) => command.run(global, output),
        Verb::Shim(command) => command.run(global, output),
        Verb::Completions(command) => command.run(output),
        Verb::Man(command) => command.run(output),
    }
}
