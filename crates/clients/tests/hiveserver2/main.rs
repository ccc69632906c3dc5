//! HiveServer2 as it is: sessions, statements and rows.
//!
//! The tests start a LOWER and an UPPER stack of their own, from what `cargo xtask provision`
//! keeps. `BOATLIFT_TEST_HIVESERVER2` names servers that run already in their place: JDBC
//! URIs, separated by blanks, which may ask for HTTP, TLS or no SASL. There the tests keep to
//! databases whose names begin with `hs_`.

mod sessions;
mod statements;
mod values;

use boatlift_clients::hiveserver2::{Credentials, Session, Target, Unwatched, Url};
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{UpperOptions, UpperStack};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// The stacks of this process. Their services end with it.
static STACKS: LazyLock<(LowerStack, UpperStack)> = LazyLock::new(|| {
    let lower = LowerOptions::new().and_then(LowerStack::start);
    let upper = UpperOptions::new().and_then(UpperStack::start);
    (lower.expect("LOWER starts"), upper.expect("UPPER starts"))
});

/// How the servers are reached.
pub(crate) fn targets() -> Vec<Target> {
    match std::env::var("BOATLIFT_TEST_HIVESERVER2") {
        Ok(named) => named.split_whitespace().map(target).collect(),
        Err(_) => {
            vec![target(&STACKS.0.hive_server2_url()), target(&STACKS.1.hive_server2_url())]
        }
    }
}

pub(crate) fn target(uri: &str) -> Target {
    let url = Url::parse(uri).expect("a JDBC URI");
    url.target(Credentials::default()).expect("a target")
}

pub(crate) fn open(target: &Target) -> Session {
    Session::open(target).unwrap_or_else(|error| {
        let hint = boatlift_clients::wire::hint(&error);
        panic!("{:?}: {error:?}: {hint:?}", target.endpoints)
    })
}

/// A database that is dropped at the end of a test, on a server that is the test's own until then.
pub(crate) struct Scratch {
    pub(crate) session: Session,
    pub(crate) name: String,
    target: Target,
    _turn: MutexGuard<'static, ()>,
}

/// Waits until no other test uses the server. Hadoop 2.7 runs jobs in the server's own process and
/// names what they cache by the millisecond: of two that start together one can fail with "return
/// code 2" (MAPREDUCE-6441).
fn turn_at(target: &Target) -> MutexGuard<'static, ()> {
    static TURNS: Mutex<Option<HashMap<String, &'static Mutex<()>>>> = Mutex::new(None);
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    let place = format!("{:?}", target.endpoints);
    let turn =
        *turns.get_or_insert_default().entry(place).or_insert_with(|| Box::leak(Box::default()));
    drop(turns);
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scratch {
    pub(crate) fn on_all() -> impl Iterator<Item = Self> {
        targets().into_iter().map(|target| Self::on(&target))
    }

    fn on(target: &Target) -> Self {
        let turn = turn_at(target);
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("hs_{}_{number}", std::process::id());
        let mut session = open(target);
        session.run(&format!("CREATE DATABASE {name}"), &mut Unwatched).expect("creates");
        session.run(&format!("USE {name}"), &mut Unwatched).expect("uses");
        Self { session, name, target: target.clone(), _turn: turn }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut session = open(&self.target);
        let drop = format!("DROP DATABASE IF EXISTS {} CASCADE", self.name);
        if let Err(error) = session.run(&drop, &mut Unwatched) {
            eprintln!("{} stays behind: {error}", self.name);
        }
    }
}
