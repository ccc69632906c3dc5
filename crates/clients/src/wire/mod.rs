//! Wires: the way bytes of one request and one answer go over a connection.

/// A connection that carries one request and one answer at a time.
///
/// A request is written and ended with [`std::io::Write::flush`]: a framed, SASL or HTTP
/// wire sends the whole message then. The answer is read until the protocol above has
/// enough.
pub trait Wire: std::io::Read + std::io::Write + Send {}

impl<W: std::io::Read + std::io::Write + Send> Wire for W {}
