//! Calls, and the status that every answer begins with.

use super::error::{HiveError, ServerError};
use crate::thrift::{CallError, Connection, Limits, Struct};
use crate::wire::{Endpoint, Wire};

/// What one answer may hold in memory, in bytes: a batch of rows whose cells are strings.
const HELD_BYTES: u64 = 512 << 20;

/// A connection to one HiveServer2.
#[derive(Debug)]
pub(super) struct Client {
    connection: Connection,
    endpoint: Endpoint,
    gone: bool,
}

impl Client {
    pub(super) fn new(wire: Box<dyn Wire>, endpoint: Endpoint) -> Self {
        let limits = Limits { held_bytes: HELD_BYTES, ..Limits::default() };
        Self { connection: Connection::with_limits(wire, limits), endpoint, gone: false }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether further calls can succeed.
    pub(super) fn is_usable(&self) -> bool {
        !self.connection.is_broken() && !self.gone
    }

    /// Calls a method and checks the answer's status.
    pub(super) fn call(
        &mut self,
        call: &'static str,
        request: Struct,
    ) -> Result<Struct, HiveError> {
        let endpoint = || self.endpoint.clone();
        let mut result = match self.connection.call(call, Struct::new().with(1, request)) {
            Ok(result) => result,
            Err(CallError::Application { refusal, .. }) => {
                return Err(HiveError::NotUnderstood { endpoint: endpoint(), call, refusal });
            }
            Err(error) => {
                let (endpoint, error) = (endpoint(), Box::new(error));
                return Err(HiveError::SessionLost { endpoint, call, error });
            }
        };
        let answer = result.take(0).and_then(crate::thrift::Value::into_struct);
        let answer = answer.ok_or_else(|| self.malformed(call, "there is no result"))?;
        match answer.structure(1).and_then(|status| Some((status, status.i32(1)?))) {
            Some((_, 0..=2)) => Ok(answer),
            Some((status, code)) => Err(self.refused(call, code, status)),
            None => Err(self.malformed(call, "it has no status")),
        }
    }

    pub(super) fn malformed(&self, call: &'static str, what: &'static str) -> HiveError {
        HiveError::Malformed { endpoint: self.endpoint.clone(), call, what }
    }

    /// Turns a `TStatus` of an error into ours.
    fn refused(&mut self, call: &'static str, code: i32, status: &Struct) -> HiveError {
        let endpoint = self.endpoint.clone();
        let error = server_error(status);
        let gone = error.message.contains("Invalid SessionHandle");
        self.gone |= gone;
        match (gone, code) {
            (true, _) => HiveError::SessionGone { endpoint, error },
            _ => HiveError::Refused { endpoint, call, error },
        }
    }
}

/// Fields 3, 4 and 5, which `TStatus` and `TGetOperationStatusResp` share.
pub(super) fn server_error(from: &Struct) -> ServerError {
    let message = from.bytes(5).map(String::from_utf8_lossy).unwrap_or_default();
    ServerError {
        sql_state: from.string(3).filter(|state| !state.is_empty()).map(str::to_owned),
        code: from.i32(4),
        message: message.into_owned(),
    }
}
