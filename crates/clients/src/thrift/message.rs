//! The head of a message, in the strict form.

/// First half of the first word of a message.
pub(super) const VERSION: u32 = 0x8001_0000;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A request that waits for an answer.
    Call,
    /// An answer with a result struct.
    Reply,
    /// An answer with a `TApplicationException`.
    Exception,
}

/// The head of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the message is.
    pub kind: MessageKind,
    /// The method.
    pub name: String,
    /// The number that pairs an answer with its request.
    pub sequence: i32,
}
