//! What a test orders of the server, and the log of what it was asked.

use super::world::World;
use boatlift_clients::thrift::Struct;
use std::time::Duration;

/// One call of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its place in the log, from 1.
    pub number: usize,
    /// The method.
    pub method: String,
    /// The arguments.
    pub arguments: Struct,
}

impl Call {
    /// Whether it may change something. Claiming a user's name does not.
    #[must_use]
    pub fn is_write(&self) -> bool {
        let reads = ["get_", "getVersion", "set_ugi", "list_"];
        !reads.iter().any(|lead| self.method.starts_with(lead))
    }
}

/// Before or after a call is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is not carried out at all when the connection is cut.
    Before,
    /// It has been carried out; when the connection is cut only the answer is lost.
    After,
}

/// What happens at a call.
pub enum Act {
    /// The connection is cut.
    Cut,
    /// Something else happens first, the death of the client for example, and then the
    /// connection is cut.
    CutAfter(Box<dyn FnOnce() + Send>),
    /// The answer comes that much later.
    Wait(Duration),
    /// Somebody else acts on the server or on the file system, and the call goes on.
    Meanwhile(Box<dyn FnOnce(&mut World) + Send>),
    /// Every connection is cut, and new ones are for so long, as while a server restarts.
    Restart(Duration),
}

/// Which call is meant.
pub(super) enum Which {
    /// The one with this number.
    Number(usize),
    /// The call of this number among those whose method begins so.
    Of(String, usize),
}

/// An act at one call.
pub(super) struct Order {
    pub(super) which: Which,
    pub(super) moment: Moment,
    pub(super) act: Act,
}

type Watcher = Box<dyn FnMut(&World, &Call) + Send>;

/// The log, and what is ordered.
#[derive(Default)]
pub(super) struct Script {
    pub(super) calls: Vec<Call>,
    pub(super) order: Option<Order>,
    pub(super) watcher: Option<Watcher>,
}

impl Script {
    /// Notes a call.
    pub(super) fn note(&mut self, method: &str, arguments: &Struct) -> Call {
        let number = self.calls.len() + 1;
        let call = Call { number, method: method.to_owned(), arguments: arguments.clone() };
        self.calls.push(call.clone());
        call
    }

    /// What is to be done at this moment, once.
    pub(super) fn due(&mut self, call: &Call, moment: Moment) -> Option<Act> {
        let before = |lead: &String| {
            let calls = self.calls.iter().take_while(|known| known.number <= call.number);
            calls.filter(|known| known.method.starts_with(lead)).count()
        };
        let is_due = |order: &mut Order| {
            let is_meant = match &order.which {
                Which::Number(number) => *number == call.number,
                Which::Of(lead, number) => call.method.starts_with(lead) && before(lead) == *number,
            };
            is_meant && order.moment == moment
        };
        self.order.take_if(is_due).map(|order| order.act)
    }
}
