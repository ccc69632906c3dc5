//! HiveServer2 as it is: sessions, statements and rows on every server that is named.
//!
//! `BOATLIFT_TEST_HIVESERVER2` has JDBC URIs, separated by blanks. They may ask for HTTP, TLS
//! or no SASL; the statements are the same.

mod sessions;
mod statements;
mod values;

use boatlift_clients::hiveserver2::{Credentials, Session, Target, Unwatched, Url};
use std::sync::atomic::{AtomicU32, Ordering};

/// What the named servers are reached by.
pub(crate) fn targets() -> Vec<Target> {
    let named = std::env::var("BOATLIFT_TEST_HIVESERVER2");
    let named = named.expect("BOATLIFT_TEST_HIVESERVER2 names servers");
    named.split_whitespace().map(target).collect()
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

/// A database that is dropped at the end of a test.
pub(crate) struct Scratch {
    pub(crate) session: Session,
    pub(crate) name: String,
    target: Target,
}

impl Scratch {
    pub(crate) fn on_all() -> impl Iterator<Item = Self> {
        targets().into_iter().map(|target| Self::on(&target))
    }

    fn on(target: &Target) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("hs_{}_{number}", std::process::id());
        let mut session = open(target);
        session.run(&format!("CREATE DATABASE {name}"), &mut Unwatched).expect("creates");
        session.run(&format!("USE {name}"), &mut Unwatched).expect("uses");
        Self { session, name, target: target.clone() }
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
