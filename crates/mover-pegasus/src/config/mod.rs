//! The pegasus part of a move file: two clusters, the tables to move, and how their users are
//! handed over.
//!
//! Text in, structures out. Nothing here opens a connection.

mod authority;
mod cluster;
mod copy;
mod cutover;
mod duplication;

pub use authority::{Authority, Root};
pub use cluster::{Cluster, Server};
pub use copy::{CopySettings, Mode};
pub use cutover::CutoverSettings;
pub use duplication::DuplicationSettings;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A commented pegasus part with every key, those with a default at their default.
pub const EXAMPLE: &str = include_str!("../example-pegasus.yaml");

/// Tables of one Pegasus cluster that move to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "boatlift.yaml, pegasus")]
pub struct PegasusConfig {
    /// The cluster that has the tables.
    pub lower: Cluster,
    /// The cluster that gets them.
    pub upper: Cluster,
    /// The tables. They are handed over together: all, or none.
    pub tables: Vec<String>,
    /// How their rows come to UPPER.
    #[serde(default)]
    pub mode: Mode,
    /// How LOWER duplicates them.
    #[serde(default)]
    pub duplication: DuplicationSettings,
    /// How they are copied, with `mode: copy`.
    #[serde(default)]
    pub copy: CopySettings,
    /// What clients follow. Without it they are led by hand, with `cutover --switched`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Authority>,
    /// How users are handed over.
    #[serde(default)]
    pub cutover: CutoverSettings,
}

impl PegasusConfig {
    /// The same tables, from UPPER to LOWER.
    pub(crate) fn exchanged(&self) -> PegasusConfig {
        let mut back = self.clone();
        std::mem::swap(&mut back.lower, &mut back.upper);
        if let Some(authority) = &mut back.authority {
            authority.upper_metas = Some(back.upper.metas_for_entries());
        }
        back.duplication.upper_replicas = None;
        back
    }

    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn check(&self) -> Result<(), String> {
        self.lower.check().map_err(|why| format!("lower.{why}"))?;
        self.upper.check().map_err(|why| format!("upper.{why}"))?;
        if self.lower.metas.iter().any(|meta| self.upper.metas.contains(meta)) {
            return Err("upper.metas: a server of LOWER is among them".into());
        }
        if self.tables.is_empty() {
            return Err("tables: there are none".into());
        }
        let mut seen = BTreeSet::new();
        for table in &self.tables {
            check_table(table).map_err(|why| format!("tables: {why}"))?;
            if !seen.insert(table) {
                return Err(format!("tables: `{table}` is there twice"));
            }
        }
        if let Some(authority) = &self.authority {
            authority.check(&self.upper.metas).map_err(|why| format!("authority.{why}"))?;
        }
        if self.mode == Mode::Copy && self.cutover.keep_reverse {
            return Err("cutover.keep-reverse: tables that are copied have no way back".into());
        }
        self.duplication.check().map_err(|why| format!("duplication.{why}"))?;
        self.copy.check().map_err(|why| format!("copy.{why}"))?;
        self.cutover.check().map_err(|why| format!("cutover.{why}"))
    }
}

/// Pegasus' own rule for names of tables: what cannot be a part of a path of ours is not in it.
fn check_table(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
    match name.is_empty() || !name.chars().all(allowed) {
        true => Err(format!("`{name}` is no name of a table")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> PegasusConfig {
        serde_saphyr::from_str(text).expect("YAML of the right shape")
    }

    #[test]
    fn the_example_is_valid_and_names_every_key_at_its_default() {
        let example = config(EXAMPLE);
        assert_eq!(example.check(), Ok(()));
        assert_eq!(example.duplication, DuplicationSettings::default());
        assert_eq!(example.cutover, CutoverSettings::default());
        assert_eq!((example.mode, example.copy), (Mode::default(), CopySettings::default()));
        let schema = serde_json::to_value(schemars::schema_for!(PegasusConfig)).expect("JSON");
        let parts = schema["$defs"].as_object().expect("parts").values();
        for part in parts.chain([&schema]) {
            let keys = part["properties"].as_object();
            for key in keys.into_iter().flat_map(|keys| keys.keys()) {
                assert!(EXAMPLE.contains(&format!("{key}:")), "{key} is missing");
            }
        }
    }

    #[test]
    fn what_cannot_be_is_told_by_its_key() {
        let good = "lower: {metas: ['a:1']}\nupper: {metas: ['b:1']}\ntables: [t]\n";
        assert_eq!(config(good).check(), Ok(()));
        for (from, to, told) in [
            ("['a:1']", "[]", "lower.metas: there are none"),
            ("['b:1']", "['b:1', 'a:1']", "upper.metas: a server of LOWER is among them"),
            ("[t]", "[]", "tables: there are none"),
            ("[t]", "[t, t]", "tables: `t` is there twice"),
            ("[t]", "['../t']", "tables: `../t` is no name of a table"),
            ("[t]", "[t]\ncopy: {upper-partitions: 0}", "copy.upper-partitions: at least one"),
            (
                "[t]",
                "[t]\nmode: copy\ncutover: {keep-reverse: true}",
                "cutover.keep-reverse: tables that are copied have no way back",
            ),
        ] {
            assert_eq!(config(&good.replace(from, to)).check(), Err(told.to_owned()));
        }
        let led = format!("{good}authority: {{zookeeper: ['z:1'], root: /p}}\n");
        let told = "authority.upper-metas: a meta-proxy wants at least two, or the same one twice";
        assert_eq!(config(&led).check(), Err(told.to_owned()));
        assert_eq!(config(&led.replace("['b:1']", "['b:1', 'b:1']")).check(), Ok(()));
    }
}
