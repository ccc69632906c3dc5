//! One connection: a request, its answer, the next request.
//!
//! After an error that leaves the place in the stream unknown, the connection refuses
//! further calls; it never resends.

use std::io::{BufReader, Write};

use super::message::{Header, MessageKind};
use super::{Application, CallError, DecodeError, Limits, Struct, decode_message, encode_message};
use crate::wire::Wire;

/// A client's end of a Thrift service.
pub struct Connection {
    wire: BufReader<Box<dyn Wire>>,
    limits: Limits,
    sequence: i32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Usable,
    Broken,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("sequence", &self.sequence)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Speaks over `wire`, with the default limits.
    pub fn new(wire: Box<dyn Wire>) -> Self {
        Self::with_limits(wire, Limits::default())
    }

    /// Speaks over `wire`.
    pub fn with_limits(wire: Box<dyn Wire>, limits: Limits) -> Self {
        Self {
            wire: BufReader::with_capacity(64 << 10, wire),
            limits,
            sequence: 0,
            state: State::Usable,
        }
    }

    /// Whether an earlier call left the stream in an unknown place.
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Calls a method and returns its result struct: field 0 is the value, other fields are
    /// the exceptions that the method declares.
    pub fn call(&mut self, name: &str, arguments: Struct) -> Result<Struct, CallError> {
        let call = name.to_owned();
        if self.is_broken() {
            return Err(CallError::Broken { call });
        }
        self.sequence = self.sequence.wrapping_add(1);
        let header = Header { kind: MessageKind::Call, name: call, sequence: self.sequence };
        let mut request = Vec::with_capacity(256);
        if let Err(error) = encode_message(&mut request, &header, &arguments) {
            let call = header.name;
            return Err(CallError::Encode { call, error });
        }
        drop(arguments);
        self.state = State::Broken;
        let (kind, result) = self.exchange(header, request)?;
        self.state = State::Usable;
        match kind {
            MessageKind::Reply => Ok(result),
            MessageKind::Exception | MessageKind::Call => Err(refused(name, &result)),
        }
    }

    fn exchange(
        &mut self,
        header: Header,
        request: Vec<u8>,
    ) -> Result<(MessageKind, Struct), CallError> {
        let Header { name: call, .. } = header;
        let wire = self.wire.get_mut();
        if let Err(error) = wire.write_all(&request).and_then(|()| wire.flush()) {
            return Err(CallError::Send { call, error });
        }
        drop(request);
        let (answer, result) = match decode_message(&mut self.wire, &self.limits) {
            Ok(answer) => answer,
            Err(error) => return Err(CallError::Receive { call, error }),
        };
        if answer.kind == MessageKind::Call {
            let error =
                DecodeError::Unknown { what: "message type in place of a reply", number: 1 };
            return Err(CallError::Receive { call, error });
        }
        let paired = answer.sequence == self.sequence
            && (answer.name == call || answer.kind == MessageKind::Exception);
        if !paired || !self.wire.buffer().is_empty() {
            return Err(CallError::Mismatched {
                call,
                sequence: self.sequence,
                answered: answer.name,
                number: answer.sequence,
            });
        }
        Ok((answer.kind, result))
    }
}

/// Source of the field ids: Apache Thrift, `TApplicationException`.
fn refused(call: &str, exception: &Struct) -> CallError {
    CallError::Application {
        call: call.to_owned(),
        refusal: Application {
            kind: exception.i32(2).unwrap_or(0),
            message: exception.string(1).unwrap_or_default().to_owned(),
        },
    }
}
