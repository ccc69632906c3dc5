//! How much one answer may claim: a server that lies about a length costs an error, never
//! the machine's memory.

/// Bounds on one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that the decoded answer may hold in memory: every value counts its own size and
    /// every string its length, so an answer of many tiny values is bounded too.
    pub held_bytes: u64,
    /// Bytes of one string.
    pub string_bytes: u32,
    /// Items of one list or set, pairs of one map.
    pub items: u32,
    /// Structs, lists, sets and maps inside each other.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { held_bytes: 1 << 30, string_bytes: 256 << 20, items: 16 << 20, depth: 64 }
    }
}
