//! What tests break on purpose breaks, and comes back with its data. And the options that
//! the shared stack does not have.

use crate::metastore_calls::{ask, call, last_event};
use boatlift_testkit::services::error::ServiceError;
use boatlift_testkit::services::lower::{DoAs, LowerOptions, LowerStack, Notifications, Transport};
use std::io::ErrorKind;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// The first bytes of every reply.
const REPLY: [u8; 4] = [0x80, 0x01, 0x00, 0x02];

/// The stack that these tests break, one at a time.
fn breakable() -> MutexGuard<'static, LowerStack> {
    static STACK: OnceLock<Mutex<LowerStack>> = OnceLock::new();
    let stack = STACK.get_or_init(|| {
        let options = LowerOptions::new().expect("ports");
        Mutex::new(LowerStack::start(options).expect("LOWER starts"))
    });
    stack.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_killed_metastore_refuses_and_comes_back_with_its_tables() {
    let stack = breakable();
    stack.hql("alice", &["CREATE DATABASE kept"]).expect("a database");
    let before = last_event(&stack.metastore_uri());
    stack.metastore.kill9();
    let refused = ask(&stack.metastore_uri(), &call("get_all_databases"), 4);
    assert_eq!(refused.expect_err("nobody listens").kind(), ErrorKind::ConnectionRefused);
    assert!(matches!(stack.metastore.pause(), Err(ServiceError::NotRunning(_))));
    stack.metastore.begin().expect("it starts again");
    assert_eq!(last_event(&stack.metastore_uri()), before);
    let rows = stack.hql("alice", &["SHOW DATABASES LIKE 'kept'"]).expect("a list");
    assert_eq!(rows, "kept\n");
}

#[test]
fn a_restarted_name_node_is_out_of_safe_mode_and_has_its_files() {
    let stack = breakable();
    stack.hdfs(&[&["-mkdir", "/data/kept"], &["-touchz", "/data/kept/file"]]).expect("a file");
    stack.hdfs_admin(&[&["-safemode", "enter"]]).expect("safe mode");
    let refused = stack.hdfs(&[&["-mkdir", "/data/more"]]).expect_err("in safe mode");
    assert!(refused.to_string().contains("safe mode"), "{refused}");
    stack.name_node.restart().expect("it starts again");
    stack.hdfs(&[&["-test", "-f", "/data/kept/file"], &["-mkdir", "/data/more"]]).expect("both");
}

#[test]
fn options_change_what_the_services_do() {
    let mut options = LowerOptions::new().expect("ports");
    options.do_as = DoAs::User;
    options.notifications = Notifications::Off;
    options.metastore_transport = Transport::Framed;
    let stack = LowerStack::start(options).expect("LOWER starts");
    let message = call("get_all_databases");
    let mut framed = u32::try_from(message.len()).expect("short").to_be_bytes().to_vec();
    framed.extend(&message);
    let answer = ask(&stack.metastore_uri(), &framed, 8).expect("an answer");
    assert_eq!(answer[4..], REPLY, "behind the length of the frame");
    let statements = ["CREATE TABLE hers (a INT)", "INSERT INTO hers VALUES (1)"];
    stack.hql("alice", &statements).expect("a table");
    let listed = stack.hdfs(&[&["-ls", "-R", "/apps/hive/warehouse/hers"]]).expect("a list");
    assert!(listed.contains("alice"), "her files are hers:\n{listed}");
    stack.stop();
    assert!(stack.endpoints().processes.is_empty());
}

#[test]
fn a_paused_service_takes_connections_and_answers_later() {
    let stack = breakable();
    let uri = stack.metastore_uri();
    stack.metastore.pause().expect("it runs");
    let asked = std::thread::spawn(move || ask(&uri, &call("get_all_databases"), 4));
    std::thread::sleep(Duration::from_millis(500));
    assert!(!asked.is_finished(), "a frozen process answers");
    stack.metastore.resume().expect("it runs");
    let answer = asked.join().expect("the thread ends").expect("an answer");
    assert_eq!(answer, REPLY);
}
