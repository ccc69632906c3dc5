//! Sessions: settings, failures and their ends.

use boatlift_clients::hiveserver2::{HiveError, Session, Unwatched, Version};
use boatlift_clients::thrift::Effect;
use boatlift_clients::wire::{Auth, Endpoint, Secret, hint};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Scratch, open, targets};

#[test]
fn a_session_starts_with_its_configuration_and_database() {
    for mut target in targets() {
        target.configuration.insert("set:hivevar:lift".into(), "boat".into());
        target
            .configuration
            .insert("set:hiveconf:hive.exec.max.dynamic.partitions".into(), "77".into());
        let mut session = open(&target);
        let mut first = |statement: &str| {
            let rows = session.rows(statement, 10, &mut Unwatched).expect(statement);
            rows[0].text(0).expect("a text")
        };
        assert_eq!(first("set hivevar:lift"), "hivevar:lift=boat");
        let setting = "hive.exec.max.dynamic.partitions";
        assert_eq!(first(&format!("set {setting}")), format!("{setting}=77"));
        session.close().expect("closes");
    }
}

#[test]
fn the_newest_version_that_both_ends_know_is_spoken() {
    for target in targets() {
        let mut session = open(&target);
        let place = session.endpoint().clone();
        // Hive 1.2 has no `version()`, and ends at V8.
        let asked = session.rows("SELECT version()", 1, &mut Unwatched);
        let expected = match asked {
            Ok(_) => Version::PROGRESS,
            Err(_) => Version::HIVE_1,
        };
        assert_eq!(session.version(), expected, "{place}");
    }
}

#[test]
fn a_session_begins_in_the_database_of_its_target() {
    for scratch in Scratch::on_all() {
        let mut target = scratch.target.clone();
        target.database.clone_from(&scratch.name);
        let mut session = open(&target);
        session.run("CREATE TABLE here (a int)", &mut Unwatched).expect("creates");
        let rows = session.rows("SHOW TABLES", 10, &mut Unwatched).expect("lists");
        assert_eq!(rows[0].text(0).as_deref(), Some("here"));
    }
}

#[test]
fn the_next_server_is_asked_when_one_is_down() {
    for mut target in targets() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let down = Endpoint::new("127.0.0.1", listener.local_addr().expect("bound").port());
        drop(listener);
        let up = target.endpoints[0].clone();
        target.endpoints.insert(0, down.clone());
        assert_eq!(*open(&target).endpoint(), up);
        target.endpoints = vec![down];
        let error = Session::open(&target).expect_err("nobody listens");
        assert!(error.is_session_lost() && error.effect() == Effect::None, "{error}");
    }
}

#[test]
fn a_cut_connection_is_a_lost_session() {
    for mut target in targets() {
        if target.wire.tls.is_some() || target.wire.transport != Default::default() {
            continue;
        }
        let (endpoint, cut) = cuttable(&target.endpoints[0]);
        target.endpoints = vec![endpoint];
        let mut session = open(&target);
        session.run("SHOW DATABASES", &mut Unwatched).expect("works");
        cut();
        let error = session.run("SHOW DATABASES", &mut Unwatched).expect_err("is cut");
        assert!(matches!(error, HiveError::SessionLost { .. }), "{error:?}");
        assert!(error.is_session_lost() && !session.is_usable());
        let again = session.run("SHOW DATABASES", &mut Unwatched).expect_err("stays lost");
        assert!(again.is_session_lost() && again.effect() == Effect::None, "{again:?}");
    }
}

/// A port that leads to `to`, and what cuts its connections.
fn cuttable(to: &Endpoint) -> (Endpoint, impl FnOnce() + use<>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = listener.local_addr().expect("bound").port();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let (opened, to) = (Arc::clone(&ends), (to.host.clone(), to.port));
    std::thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let server = TcpStream::connect((to.0.as_str(), to.1)).expect("connects");
            forward(&client, &server);
            forward(&server, &client);
            opened.lock().expect("unpoisoned").extend([client, server]);
        }
    });
    let cut = move || {
        for end in ends.lock().expect("unpoisoned").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    };
    (Endpoint::new("127.0.0.1", port), cut)
}

fn forward(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().expect("clones"), to.try_clone().expect("clones"));
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[test]
fn a_setting_that_does_not_fit_the_server_is_named() {
    for mut target in targets() {
        let plain = matches!(target.wire.auth, Auth::Plain { .. });
        if !plain || target.wire.tls.is_some() || target.wire.transport != Default::default() {
            continue;
        }
        target.wire.read_timeout = Duration::from_secs(5);
        let sasl = target.wire.auth.clone();
        target.wire.auth = Auth::None;
        let error = Session::open(&target).expect_err("SASL is demanded");
        assert!(hint(&error).is_some_and(|hint| hint.contains("SASL")), "{error:?}");
        target.wire.auth = sasl;
        target.wire.tls = Some(Default::default());
        let error = Session::open(&target).expect_err("no TLS there");
        assert!(hint(&error).is_some_and(|hint| hint.contains("ssl")), "{error:?}");
    }
}

#[test]
fn a_password_is_in_no_error() {
    for mut target in targets() {
        target.wire.auth = Auth::Plain { user: "alice".into(), password: Secret::new("hunter2") };
        target.endpoints = vec![silent()];
        target.wire.read_timeout = Duration::from_millis(200);
        let error = Session::open(&target).expect_err("nobody answers");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

/// A server that takes everything and says nothing.
fn silent() -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("accepts");
        let _ = stream.read_to_end(&mut Vec::new());
        let _ = stream.write_all(b"");
    });
    Endpoint::new("127.0.0.1", port)
}
