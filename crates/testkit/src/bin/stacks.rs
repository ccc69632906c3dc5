//! Keeps a stack of services running for work by hand: `stacks up lower [--dir DIR]
//! [--kerberos]`, `stacks up upper [--dir DIR] [--yarn] [--base PORT]`, and `stacks up realms`:
//! LOWER and UPPER with YARN, with Kerberos in two realms that trust each other.
//!
//! `--kerberos-short` gives tickets of two minutes.
//!
//! Prints one JSON object with the endpoints when all is up, and stays until SIGTERM or
//! Ctrl-C; then everything is stopped. A named folder keeps its data for the next time.

use boatlift_testkit::services::kerberos::{Lifetimes, Realm, Realms, Security, Trust};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::namespace::Namespace;
use boatlift_testkit::services::network::Network;
use boatlift_testkit::services::upper::{Part, UpperOptions, UpperPorts, UpperStack};
use serde_json::{Value, json};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: stacks up lower [--dir DIR] [--kerberos]
       stacks up upper [--dir DIR] [--yarn] [--base PORT]
       stacks up realms";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["up", "lower", options @ ..] => lower(options),
        ["up", "upper", options @ ..] => upper(options),
        ["up", "realms"] => realms(),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn lower(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut options = LowerOptions::new()?;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--dir" => options.directory = Some(words.next().ok_or(USAGE)?.into()),
            "--kerberos" => options.security = kerberos(Lifetimes::LONG)?,
            "--kerberos-short" => options.security = kerberos(Lifetimes::SHORT)?,
            "--namespace" => options.network = Network::Namespace(Arc::new(Namespace::new()?)),
            _ => return Err(USAGE.into()),
        }
    }
    let security = options.security.clone();
    stay(|| {
        let stack = LowerStack::start(options)?;
        let mut printed = serde_json::to_value(stack.endpoints())?;
        printed["kerberos"] = told(&security);
        println!("{printed:#}");
        Ok(stack)
    })
}

fn upper(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut options = UpperOptions::new()?;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--dir" => options.directory = Some(words.next().ok_or(USAGE)?.into()),
            "--yarn" => options.yarn = Part::Running,
            "--base" => options.ports = UpperPorts::from_base(words.next().ok_or(USAGE)?.parse()?)?,
            _ => return Err(USAGE.into()),
        }
    }
    stay(|| {
        let stack = UpperStack::start(options)?;
        println!("{:#}", serde_json::to_value(stack.endpoints())?);
        Ok(stack)
    })
}

fn realms() -> Result<(), Box<dyn Error>> {
    let realms = Realms::start(Lifetimes::LONG.ticket, Trust::Mutual)?;
    let (lower, upper) =
        (Security::Kerberos(Arc::clone(&realms.lower)), Security::Kerberos(realms.upper));
    let printed = json!({ "lower-kerberos": told(&lower), "upper-kerberos": told(&upper) });
    println!("{printed:#}");
    stay(|| {
        let lower = LowerStack::start(LowerOptions { security: lower, ..LowerOptions::new()? })?;
        println!("{:#}", serde_json::to_value(lower.endpoints())?);
        let options = UpperOptions { yarn: Part::Running, security: upper, ..UpperOptions::new()? };
        let upper = UpperStack::start(options)?;
        println!("{:#}", serde_json::to_value(upper.endpoints())?);
        Ok((lower, upper))
    })
}

fn kerberos(lifetimes: Lifetimes) -> Result<Security, Box<dyn Error>> {
    Ok(Security::Kerberos(Arc::new(Realm::start(lifetimes)?)))
}

/// What a client needs of a realm.
fn told(security: &Security) -> Value {
    match security {
        Security::Simple => Value::Null,
        Security::Kerberos(realm) => json!({
            "realm": realm.name(),
            "configuration": realm.configuration(),
            "keytab": realm.keytab(),
            "user": realm.user_principal("alice"),
        }),
    }
}

/// Starts something, and drops it when a signal asks for the end.
fn stay<S>(start: impl FnOnce() -> Result<S, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        let started = start()?;
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        drop(started);
        Ok(())
    })
}
