//! How the users of Hive are handed over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How LOWER refuses writes, and how people are told that UPPER is the one to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct CutoverSettings {
    /// How writes to LOWER are refused. The property `boatlift.read-only` is set on every
    /// database of the scope in any case, for authorization hooks that look at it; Hive alone
    /// does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<Hook>,
    /// A command that leads users to UPPER (a name service, a proxy), run after the switch until
    /// it succeeds. Program and arguments; no shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announce: Vec<String>,
}

/// Two commands that undo each other, each a program and its arguments; no shell. Both may be
/// run again after they succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hook {
    /// Refuses writes: revokes grants, sets a policy, takes a HiveServer2 out.
    pub raise: Vec<String>,
    /// Accepts them again.
    pub lower: Vec<String>,
    /// Seconds that either may take.
    #[serde(default = "seconds")]
    pub seconds: u64,
}

fn seconds() -> u64 {
    60
}

impl CutoverSettings {
    /// Looks at what the types cannot tell.
    pub(super) fn check(&self) -> Result<(), String> {
        let Some(fence) = &self.fence else { return Ok(()) };
        match (fence.raise.is_empty(), fence.lower.is_empty(), fence.seconds) {
            (true, _, _) => Err("fence.raise: no command".into()),
            (_, true, _) => Err("fence.lower: no command: who would lift the fence?".into()),
            (_, _, 0) => Err("fence.seconds: 0 leaves no time".into()),
            _ => Ok(()),
        }
    }
}
