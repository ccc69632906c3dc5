//! A statement on the server: its state, its log and its end.

use std::ops::ControlFlow;
use std::time::Duration;

use super::client::{Client, server_error};
use super::decode::texts;
use super::error::HiveError;
use super::protocol::{
    CANCEL_OPERATION, CLOSE_OPERATION, FETCH_RESULTS, Fetch, GET_OPERATION_STATUS, State, Version,
};
use super::watch::{Progress, Watcher};
use crate::thrift::{Struct, Value};

/// Between the first two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Between two looks at a statement that takes long.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A watcher is asked this often during a pause.
const SLICE: Duration = Duration::from_millis(100);
/// Lines of the log in one answer.
const LOG_LINES: i64 = 1000;
/// Answers with lines of the log between two looks at the state.
const LOG_ANSWERS: usize = 100;

/// A `TOperationHandle` and what is known of it.
pub(super) struct Operation {
    pub(super) handle: Value,
    pub(super) has_rows: bool,
    pub(super) modified_rows: Option<i64>,
    log: Log,
}

/// Whether the server keeps a log for the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Kept,
    Lacking,
}

impl Operation {
    pub(super) fn new(handle: Value) -> Self {
        let has_rows = handle.as_struct().and_then(|handle| handle.bool(3)).unwrap_or(false);
        Self { handle, has_rows, modified_rows: None, log: Log::Kept }
    }

    /// Waits for the end. What ended badly is an error.
    pub(super) fn wait(
        &mut self,
        client: &mut Client,
        version: Version,
        watcher: &mut dyn Watcher,
    ) -> Result<(), HiveError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.status(client, version, watcher)?;
            self.pass_log_on(client, watcher)?;
            let state = answer.i32(2).map(State::of);
            let state =
                state.ok_or_else(|| client.malformed(GET_OPERATION_STATUS, "it has no state"))?;
            if state != State::Underway {
                return self.ended(client, state, &answer);
            }
            if rest(pause, watcher).is_break() {
                let _ = self.call(client, CANCEL_OPERATION)?;
                return Err(HiveError::Stopped { endpoint: client.endpoint().clone() });
            }
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Frees what the server keeps for the statement, and stops it if it runs.
    pub(super) fn close(&mut self, client: &mut Client) -> Result<(), HiveError> {
        self.call(client, CLOSE_OPERATION).map(drop)
    }

    /// Fetches the next rows or lines: `TRowSet`, if there is one.
    pub(super) fn fetch(
        &self,
        client: &mut Client,
        what: Fetch,
        most: i64,
    ) -> Result<Option<Struct>, HiveError> {
        let what = match what {
            Fetch::Rows => 0_i16,
            Fetch::Log => 1_i16,
        };
        let request =
            Struct::new().with(1, self.handle.clone()).with(2, NEXT).with(3, most).with(4, what);
        let mut answer = client.call(FETCH_RESULTS, request)?;
        Ok(answer.take(3).and_then(Value::into_struct))
    }

    fn status(
        &self,
        client: &mut Client,
        version: Version,
        watcher: &mut dyn Watcher,
    ) -> Result<Struct, HiveError> {
        let mut request = Struct::new().with(1, self.handle.clone());
        if version >= Version::PROGRESS {
            request.set(2, true);
        }
        let answer = client.call(GET_OPERATION_STATUS, request)?;
        if let Some(report) = answer.structure(10).filter(|report| !report.fields.is_empty()) {
            watcher.progress(&progress(report));
        }
        Ok(answer)
    }

    fn ended(&mut self, client: &Client, state: State, answer: &Struct) -> Result<(), HiveError> {
        let (endpoint, error) = (client.endpoint().clone(), server_error(answer));
        match state {
            State::Failed => return Err(HiveError::Failed { endpoint, error }),
            State::Ended(state) => return Err(HiveError::Ended { endpoint, state, error }),
            State::Finished | State::Underway => {}
        }
        self.has_rows = answer.bool(9).unwrap_or(self.has_rows);
        self.modified_rows = answer.i64(11).filter(|count| *count >= 0);
        Ok(())
    }

    /// A server that keeps no log refuses, once: that is no failure of the statement.
    fn pass_log_on(
        &mut self,
        client: &mut Client,
        watcher: &mut dyn Watcher,
    ) -> Result<(), HiveError> {
        for _ in 0..LOG_ANSWERS {
            if self.log == Log::Lacking {
                break;
            }
            match self.fetch(client, Fetch::Log, LOG_LINES) {
                Ok(rows) => {
                    let lines = rows.map(texts).unwrap_or_default();
                    if lines.is_empty() {
                        break;
                    }
                    lines.iter().flat_map(|text| text.lines()).for_each(|line| watcher.log(line));
                }
                Err(error) if error.is_session_lost() => return Err(error),
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "no log is kept");
                    self.log = Log::Lacking;
                }
            }
        }
        Ok(())
    }

    fn call(&self, client: &mut Client, call: &'static str) -> Result<Struct, HiveError> {
        client.call(call, Struct::new().with(1, self.handle.clone()))
    }
}

/// `FETCH_NEXT`.
const NEXT: i32 = 0;

fn rest(pause: Duration, watcher: &mut dyn Watcher) -> ControlFlow<()> {
    let mut left = pause;
    while !left.is_zero() {
        watcher.poll()?;
        let slice = left.min(SLICE);
        std::thread::sleep(slice);
        left -= slice;
    }
    watcher.poll()
}

/// Reads a `TProgressUpdateResp`.
fn progress(report: &Struct) -> Progress {
    let strings = |items: &[Value]| -> Vec<String> {
        items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
    };
    let rows = report.items(2).unwrap_or_default().iter();
    let fraction = match report.get(3) {
        Some(Value::F64(fraction)) if fraction.is_finite() => fraction.clamp(0.0, 1.0),
        _ => 0.0,
    };
    Progress {
        fraction,
        headings: strings(report.items(1).unwrap_or_default()),
        rows: rows.map(|row| strings(row.as_items().unwrap_or_default())).collect(),
        footer: report.string(5).unwrap_or_default().to_owned(),
    }
}
