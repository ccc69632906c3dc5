//! A server and its client, with a move that is open and does not run.

use super::{Client, ServerHandle, serve_socket};
use boatlift_core::command::Signed;
use boatlift_core::lane::{Lane, Step};
use boatlift_core::mover::{Group, Mover, Stage};
use boatlift_core::page::Entry;
use boatlift_core::store::{Opener, Store};
use boatlift_core::{Code, Command, Error, KeyBuf, Policy, Result};
use boatlift_engine::lift::{Lift, MoveSpec};
use boatlift_engine::state::StateDir;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// A mover of nothing.
struct Nothing;

impl Mover for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn groups(&self) -> Vec<Group> {
        Vec::new()
    }

    fn stages(&self, _: u32) -> &'static [Stage] {
        &[]
    }

    fn step(&self, _: u32, _: usize, _: &Entry<'_>, _: &Policy) -> Option<Step> {
        None
    }
}

impl Opener for Nothing {
    fn open(&self, url: &str) -> Result<Arc<dyn Store>> {
        Err(Error::new(Code::RootMissing, "cannot open").on(url))
    }

    fn make(&self, url: &str) -> Result<()> {
        Err(Error::new(Code::RootMissing, "cannot make").on(url))
    }

    fn lane(&self, lower: Arc<dyn Store>, upper: Arc<dyn Store>) -> Arc<dyn Lane> {
        boatlift_engine::transfer::lane(lower, upper)
    }
}

struct Served {
    server: ServerHandle,
    _lift: Lift,
    state: StateDir,
    _base: tempfile::TempDir,
}

fn served() -> Served {
    let base = tempfile::tempdir().expect("a directory");
    let state = StateDir::create_or_open(base.path()).expect("a state directory");
    let spec = MoveSpec {
        name: "lift".into(),
        mover: Arc::new(Nothing),
        policy: Policy::default(),
        limits: Default::default(),
        follow: None,
    };
    let lift = Lift::open(state.clone(), spec, Arc::new(Nothing)).expect("an open move");
    let server = serve_socket(&state, lift.control()).expect("a server");
    Served { server, _lift: lift, state, _base: base }
}

fn signed(command: Command) -> Signed {
    Signed { command, by: "somebody".into() }
}

/// What the server answers to bytes as they stand.
fn raw(state: &StateDir, request: &str) -> String {
    let mut stream = UnixStream::connect(state.socket_path()).expect("connected");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

#[test]
fn a_command_is_taken_and_seen_in_the_status() {
    let served = served();
    let mut client = Client::connect(&served.state).expect("connected");
    let status = client.status().expect("a status");
    assert_eq!((status.name.as_str(), status.paused_by), ("lift", None));
    client.command(&signed(Command::Pause)).expect("taken");
    let status = client.status().expect("a status");
    assert_eq!(status.paused_by.as_deref(), Some("somebody"));
    assert_eq!(client.items(Some("failed")), Ok(Vec::new()));
}

#[test]
fn what_the_move_refuses_reaches_the_client_as_it_was_said() {
    let served = served();
    let mut client = Client::connect(&served.state).expect("connected");
    let error = client.command(&signed(Command::Approve { plan: 7 })).expect_err("no plan");
    assert_eq!((error.code, error.subject.as_deref()), (Code::PlanStale, Some("7")));
    let key = KeyBuf::from(&b"a\xff"[..]);
    let skip = Command::Skip { key, reason: "because".into() };
    client.command(&signed(skip)).expect("the connection goes on, and takes any key");
}

#[test]
fn malformed_requests_are_problems_and_harm_nothing() {
    let served = served();
    let post = |body: &str| {
        format!(
            "POST /v1/commands HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for request in
        [post("{\"command\":\"explode\"}"), post("nonsense"), get("/v1/items?x=1"), get("/")]
    {
        let answer = raw(&served.state, &request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("urn:boatlift:error:BL-CONFIG-003"), "{answer}");
    }
    assert!(raw(&served.state, &get("/v1/status")).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_server_that_ends_takes_its_socket_with_it() {
    let served = served();
    let mut client = Client::connect(&served.state).expect("connected");
    client.status().expect("a status");
    drop(served.server);
    assert!(!served.state.socket_path().exists());
    assert_eq!(Client::connect(&served.state).expect_err("ended").code, Code::NotRunning);
    assert_eq!(client.status().expect_err("cut off").code, Code::ControlRefused);
}
