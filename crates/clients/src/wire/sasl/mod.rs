//! Thrift's SASL transport: a negotiation, then frames.
//!
//! Each message of the negotiation is `[status][length][bytes]`; afterwards requests and
//! answers are `[length][bytes]`, protected if that was agreed on.
//! Source: Apache Thrift, `TSaslTransport`.

mod gssapi;
mod plain;
mod protected;

use std::io::{self, Read, Write};

use super::Wire;
use super::error::{Expected, WireError};
use super::framed::FramedWire;
use super::options::{Auth, Endpoint};
use crate::thrift::Stranger;

/// The longest message of a negotiation that is accepted, in bytes; Kerberos tickets of
/// members of many groups have some tens of thousands.
const LONGEST_MESSAGE: u32 = 1 << 20;
/// More rounds than any mechanism takes.
const MOST_ROUNDS: usize = 16;

/// What leads a message of the negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Start = 1,
    Okay = 2,
    Bad = 3,
    Error = 4,
    Complete = 5,
}

/// One end's part in a mechanism.
trait Mechanism {
    /// Its name, as registered.
    fn name(&self) -> &'static str;

    /// What to answer to the server's challenge; the first one is empty.
    fn answer(&mut self, challenge: &[u8], endpoint: &Endpoint) -> Result<Answer, WireError>;

    /// Puts the agreed protection around the wire.
    fn protect(self: Box<Self>, wire: Box<dyn Wire>) -> Box<dyn Wire>;
}

/// What a mechanism sends.
struct Answer {
    bytes: Vec<u8>,
    progress: Progress,
}

/// Whether a mechanism expects more from the server than its consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Underway,
    Done,
}

/// Proves over `wire` who we are.
pub(super) fn negotiate(
    wire: Box<dyn Wire>,
    endpoint: &Endpoint,
    auth: &Auth,
) -> Result<Box<dyn Wire>, WireError> {
    let mechanism: Box<dyn Mechanism> = match auth {
        Auth::None | Auth::Claimed { .. } => return Ok(wire),
        Auth::Plain { user, password } => {
            Box::new(plain::Plain { user: user.clone(), password: password.clone() })
        }
        Auth::Kerberos(kerberos) => Box::new(gssapi::Gssapi::new(kerberos, endpoint)?),
    };
    Negotiation { wire, endpoint, mechanism }.run()
}

struct Negotiation<'a> {
    wire: Box<dyn Wire>,
    endpoint: &'a Endpoint,
    mechanism: Box<dyn Mechanism>,
}

impl Negotiation<'_> {
    fn run(mut self) -> Result<Box<dyn Wire>, WireError> {
        let name = self.mechanism.name();
        let mut answer = self.mechanism.answer(&[], self.endpoint)?;
        let mut opening = message(Status::Start, name.as_bytes());
        opening.extend(message(Status::Okay, &answer.bytes));
        self.send(&opening)?;
        for _ in 0..MOST_ROUNDS {
            let (status, challenge) = self.receive()?;
            match (status, answer.progress) {
                (Status::Complete, Progress::Done) => {
                    return Ok(self.mechanism.protect(self.wire));
                }
                (Status::Okay, Progress::Underway) => {
                    answer = self.mechanism.answer(&challenge, self.endpoint)?;
                    let status = match answer.progress {
                        Progress::Underway => Status::Okay,
                        Progress::Done => Status::Complete,
                    };
                    self.send(&message(status, &answer.bytes))?;
                }
                (Status::Bad | Status::Error, _) => return Err(self.refused(&challenge)),
                _ => return Err(self.refused(b"the server ended the negotiation out of turn")),
            }
        }
        Err(self.refused(b"the negotiation did not end"))
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let sent = self.wire.write_all(bytes).and_then(|()| self.wire.flush());
        sent.map_err(|error| self.failed(error))
    }

    fn receive(&mut self) -> Result<(Status, Vec<u8>), WireError> {
        let mut head = [0; 5];
        self.wire.read_exact(&mut head).map_err(|error| self.failed(error))?;
        let [status, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        let status = match Status::of(status) {
            Some(status) if length <= LONGEST_MESSAGE => status,
            _ => return Err(self.stranger(&head)),
        };
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.wire.read_exact(&mut bytes).map_err(|error| self.failed(error))?;
        Ok((status, bytes))
    }

    fn failed(&self, error: io::Error) -> WireError {
        WireError::during(self.endpoint, Expected::Sasl, error)
    }

    fn stranger(&self, head: &[u8]) -> WireError {
        WireError::Stranger {
            endpoint: self.endpoint.clone(),
            expected: Expected::Sasl,
            found: Stranger::of(head),
        }
    }

    fn refused(&self, message: &[u8]) -> WireError {
        WireError::Refused {
            endpoint: self.endpoint.clone(),
            mechanism: self.mechanism.name(),
            message: String::from_utf8_lossy(message).into_owned(),
        }
    }
}

impl Status {
    fn of(byte: u8) -> Option<Self> {
        let all = [Self::Start, Self::Okay, Self::Bad, Self::Error, Self::Complete];
        all.into_iter().find(|status| *status as u8 == byte)
    }
}

fn message(status: Status, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut message = vec![status as u8];
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(bytes);
    message
}

/// Frames without protection.
fn bare(wire: Box<dyn Wire>) -> Box<dyn Wire> {
    Box::new(FramedWire::new(wire))
}

#[cfg(test)]
mod tests;
