//! Statements: how they end, and what is seen of them meanwhile.

use boatlift_clients::hiveserver2::{HiveError, Progress, Unwatched, Version, Watcher};
use boatlift_clients::thrift::Effect;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::Scratch;

/// Notes everything and stops after a while.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    progress: Vec<Progress>,
    stop_at: Option<Instant>,
}

impl Watcher for Notes {
    fn poll(&mut self) -> ControlFlow<()> {
        match self.stop_at.is_some_and(|at| Instant::now() >= at) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn log(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    fn progress(&mut self, progress: &Progress) {
        self.progress.push(progress.clone());
    }
}

#[test]
fn a_statement_that_does_not_compile_says_why_and_changes_nothing() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        let error = session.run("SELECT * FROM no_such_table", &mut Unwatched);
        let error = error.expect_err("there is no such table");
        assert_eq!(error.effect(), Effect::None, "{error:?}");
        let server = error.server().expect("the server's words");
        assert_eq!(server.code, Some(10_001), "{server:?}");
        assert_eq!(server.sql_state.as_deref(), Some("42S02"));
        assert!(server.first_line().contains("no_such_table"), "{server}");
        let error = session.run("SELEKT 1", &mut Unwatched).expect_err("is no HiveQL");
        assert_eq!(error.server().and_then(|server| server.code), Some(40_000), "{error:?}");
        assert!(!error.is_session_lost());
        session.run("SHOW TABLES", &mut Unwatched).expect("the session is usable");
    }
}

#[test]
fn a_statement_that_fails_while_it_runs_says_so() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        session.run("CREATE TABLE t (a int)", &mut Unwatched).expect("creates");
        let error = session.run("CREATE TABLE t (a int)", &mut Unwatched);
        let error = error.expect_err("is there already");
        assert!(error.server().is_some_and(|it| it.message.contains("exists")), "{error:?}");
        session.run("SHOW TABLES", &mut Unwatched).expect("the session is usable");
    }
}

#[test]
fn the_log_and_the_progress_of_a_job_are_passed_on() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        session.run("CREATE TABLE t (a int, b string)", &mut Unwatched).expect("creates");
        let mut notes = Notes::default();
        let insert = "INSERT INTO TABLE t VALUES (1,'x'),(2,'y'),(3,NULL)";
        session.run(insert, &mut notes).expect("inserts");
        let place = session.endpoint().clone();
        // Hive 1.2 logs for a statement what its own log4j lets through: perhaps nothing.
        if session.version() >= Version::PROGRESS {
            assert!(!notes.lines.is_empty(), "{place} logged nothing");
        }
        // Only Tez reports how far it is, and takes its report away when it has ended: the last
        // that was asked for in time need not be the whole.
        for report in &notes.progress {
            assert!((0.0..=1.0).contains(&report.fraction), "{place}: {report:?}");
            assert!(report.rows.iter().all(|row| row.len() == report.headings.len()), "{report:?}");
        }
        let told = notes.progress.windows(2).all(|two| two[0].fraction <= two[1].fraction);
        assert!(told, "{place} went back: {:?}", notes.progress);
        let rows = session.rows("SELECT count(*), count(b) FROM t", 1, &mut Unwatched);
        let rows = rows.expect("counts");
        assert_eq!((rows[0].integer(0), rows[0].integer(1)), (Some(3), Some(2)), "{place}");
    }
}

#[test]
fn a_stopped_statement_is_cancelled_and_the_session_goes_on() {
    for mut scratch in Scratch::on_all() {
        let session = &mut scratch.session;
        session.run("CREATE TABLE t (a int)", &mut Unwatched).expect("creates");
        session.run("INSERT INTO TABLE t VALUES (1)", &mut Unwatched).expect("inserts");
        let slow = "SELECT TRANSFORM (a) USING 'sleep 120' AS (b) FROM t";
        let begun = Instant::now();
        let mut notes =
            Notes { stop_at: Some(begun + Duration::from_millis(500)), ..Notes::default() };
        let error = session.run(slow, &mut notes).expect_err("is stopped");
        let place = session.endpoint().clone();
        assert!(matches!(error, HiveError::Stopped { .. }), "{place}: {error:?}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{place}: {:?}", begun.elapsed());
        session.run("SHOW TABLES", &mut Unwatched).expect("the session is usable");
    }
}
