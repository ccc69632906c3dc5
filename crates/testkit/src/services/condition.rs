//! Conditions that a test waits for, instead of sleeping for a guessed time.

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const EVERY: Duration = Duration::from_millis(50);
/// The longest that one look at a port takes.
const CONNECT: Duration = Duration::from_millis(500);

/// Something that is true or not yet, with words for it.
#[derive(Clone)]
pub struct Condition {
    words: String,
    look: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Condition {
    /// A condition with the words that an error uses for it.
    pub fn new(words: impl Into<String>, look: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Condition { words: words.into(), look: Arc::new(look) }
    }

    /// A port that takes connections.
    pub fn port(address: SocketAddr) -> Self {
        Condition::new(format!("a listener on {address}"), move || {
            TcpStream::connect_timeout(&address, CONNECT).is_ok()
        })
    }

    /// Both this and another.
    #[must_use]
    pub fn and(self, other: Condition) -> Self {
        let words = format!("{} and {}", self.words, other.words);
        Condition::new(words, move || self.holds() && other.holds())
    }

    /// Whether it is true now.
    pub fn holds(&self) -> bool {
        (self.look)()
    }

    /// Waits until it is true; false when the limit has passed.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while !self.holds() {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(EVERY);
        }
        true
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.words).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_seen_when_it_listens_and_not_before() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = Condition::port(listener.local_addr().expect("an address"));
        assert!(port.wait(Duration::ZERO));
        drop(listener);
        assert!(!port.wait(Duration::from_millis(60)));
    }

    #[test]
    fn both_conditions_must_hold() {
        let holding = || Condition::new("this", || true);
        let never = || Condition::new("that", || false);
        assert!(holding().and(holding()).holds());
        assert!(!holding().and(never()).holds() && !never().and(holding()).holds());
        assert_eq!(holding().and(never()).to_string(), "this and that");
    }
}
