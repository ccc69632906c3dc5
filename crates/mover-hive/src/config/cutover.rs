//! How the users of Hive are handed over, and led back.

use boatlift_core::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How LOWER refuses writes, how people are told that UPPER is the one to follow, and how long
/// they may be led back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct CutoverSettings {
    /// How writes to LOWER are refused. The property `boatlift.read-only` is set on every
    /// database of the scope in any case, for authorization hooks that look at it; Hive alone
    /// does not, so that a command is needed, or the word that the property shall do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
    /// A command that leads users to UPPER (a name service, a proxy), run after the switch until
    /// it succeeds. Program and arguments; no shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announce: Vec<String>,
    /// How long after the switch users may be led back to LOWER.
    pub reverse_window: Span,
    /// How they are.
    #[serde(skip_serializing_if = "Reverse::is_empty")]
    pub reverse: Reverse,
}

/// How UPPER refuses writes, and how people are told that LOWER is the one to follow again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Reverse {
    /// How writes to UPPER are refused while users are led back; afterwards they are accepted
    /// again, so that the move can be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
    /// A command that leads users to LOWER. Program and arguments; no shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announce: Vec<String>,
}

/// Two commands that undo each other, each a program and its arguments, no shell; both may be
/// run again after they succeeded. Or `property-only: accepted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fence {
    /// In place of commands: nothing but the property is set, which stops nobody who does not
    /// look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_only: Option<PropertyOnly>,
    /// Refuses writes: revokes grants, sets a policy, takes a HiveServer2 out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raise: Vec<String>,
    /// Accepts them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lower: Vec<String>,
    /// Seconds that either may take.
    #[serde(default = "seconds")]
    pub seconds: u64,
}

/// That a fence may be a property alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PropertyOnly {
    /// Somebody who answers for it has said so.
    Accepted,
}

impl Default for CutoverSettings {
    fn default() -> Self {
        CutoverSettings {
            fence: None,
            announce: Vec::new(),
            reverse_window: Span::seconds(24 * 3600),
            reverse: Reverse::default(),
        }
    }
}

fn seconds() -> u64 {
    60
}

impl CutoverSettings {
    /// Looks at what the types cannot tell.
    pub(super) fn check(&self) -> Result<(), String> {
        let check = |fence: &Option<Fence>| fence.as_ref().map_or(Ok(()), Fence::check);
        check(&self.fence).map_err(|why| format!("fence{why}"))?;
        check(&self.reverse.fence).map_err(|why| format!("reverse.fence{why}"))
    }
}

impl Reverse {
    fn is_empty(&self) -> bool {
        *self == Reverse::default()
    }
}

impl Fence {
    fn check(&self) -> Result<(), String> {
        let has_command = !self.raise.is_empty() || !self.lower.is_empty();
        match (self.property_only, has_command) {
            (Some(_), false) => return Ok(()),
            (Some(_), true) => {
                return Err(".property-only: there are commands as well; leave one away".into());
            }
            (None, _) => {}
        }
        match (self.raise.is_empty(), self.lower.is_empty(), self.seconds) {
            (true, _, _) => Err(".raise: no command; or say `property-only: accepted`".into()),
            (_, true, _) => Err(".lower: no command: who would lift the fence?".into()),
            (_, _, 0) => Err(".seconds: 0 leaves no time".into()),
            _ => Ok(()),
        }
    }
}
