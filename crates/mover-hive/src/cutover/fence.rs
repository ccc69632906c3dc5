//! The fence around one side: a property of its databases, and the site's own commands.
//! Every value that it changes is noted before, and put back as it was.

use super::hooks;
use crate::catalog::Catalogue;
use crate::config;
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{Evidence, SagaStep};
use boatlift_core::side::Side;
use std::collections::BTreeMap;
use std::path::Path;

/// Set on a side's databases while it refuses writes.
pub(super) const READ_ONLY: &str = "boatlift.read-only";
/// How facts about databases are named: the side, then the name.
const DATABASE: &str = "read-only";
/// What such a fact says of a database without the property; else `=` and its value.
const UNSET: &str = "-";

/// The fence around one side.
pub(super) struct Fence<'a> {
    pub(super) side: Side,
    pub(super) catalogue: &'a Catalogue,
    pub(super) settings: Option<&'a config::Fence>,
    /// The move, which marks what it sets.
    pub(super) name: &'a str,
}

impl Fence<'_> {
    /// Whether it stops anybody, and how.
    pub(super) fn standing(&self) -> (bool, String) {
        let side = self.side;
        let Some(settings) = self.settings else {
            let section = if side == Side::Lower { "cutover" } else { "cutover.reverse" };
            let why = format!(
                "only the property {READ_ONLY} would be set, and Hive alone does not heed it: give \
                 commands under `{section}.fence`, or say `{section}.fence: {{property-only: \
                 accepted}}`"
            );
            return (false, why);
        };
        if settings.property_only.is_some() {
            let told = format!(
                "the property {READ_ONLY} alone, as accepted: it stops nobody who does not look \
                 at it; what is written on {side} after the last comparison is lost to users"
            );
            return (true, told);
        }
        let missing = [&settings.raise, &settings.lower].into_iter().find_map(|words| {
            let program = words.first().filter(|program| program.contains('/'))?;
            (!Path::new(program).is_file()).then_some(program)
        });
        match missing {
            Some(program) => (false, format!("there is no program `{program}`")),
            None => (true, format!("by `{}`", settings.raise.join(" "))),
        }
    }

    /// Milliseconds that its commands may take.
    pub(super) fn command_ms(&self) -> u64 {
        self.commands().map_or(0, |commands| commands.seconds.saturating_mul(1_000))
    }

    /// Notes what it would change.
    pub(super) fn note(&self, mut evidence: Evidence, databases: &[String]) -> Result<Evidence> {
        for name in databases {
            let Some(database) = self.catalogue.database(name)? else { continue };
            let former = match database.parameter(READ_ONLY) {
                Some(value) => format!("={value}"),
                None => UNSET.to_owned(),
            };
            evidence = evidence.with(&self.fact(name), former);
        }
        if let Some(commands) = self.commands() {
            let words = serde_json::to_string(&commands.lower).unwrap_or_default();
            evidence = evidence.with(&self.lifting(), words);
        }
        Ok(evidence)
    }

    /// The databases that were noted, with the value that the property had.
    pub(super) fn noted<'e>(
        &self,
        facts: &'e BTreeMap<SagaStep, Evidence>,
    ) -> Vec<(&'e str, Option<&'e str>)> {
        let Some(noted) = facts.get(&SagaStep::Precheck) else { return Vec::new() };
        let lead = self.fact("");
        let former = |(name, value): (&'e str, &'e str)| {
            Some((name.strip_prefix(&lead)?, value.strip_prefix('=')))
        };
        noted.iter().filter_map(former).collect()
    }

    /// Raises it: the property first, so that whoever heeds it knows why.
    pub(super) fn raise(
        &self,
        facts: &BTreeMap<SagaStep, Evidence>,
        term: u64,
        halted: &dyn Fn() -> bool,
    ) -> Result<Evidence> {
        let mark = format!("{}{term}", self.mark());
        let mut evidence = Evidence::default();
        for (name, _) in self.noted(facts) {
            set(self.catalogue, name, READ_ONLY, Some(&mark))?;
            evidence = evidence.with(name, "read-only");
        }
        if let Some(commands) = self.commands() {
            hooks::run(&commands.raise, commands.seconds, halted)?;
            evidence = evidence.with("command", commands.raise.join(" "));
        }
        Ok(evidence)
    }

    /// Takes it away: the command first, since users wait for it. Whatever the property was
    /// before, it is again, unless somebody else has changed it since.
    pub(super) fn lift(&self, facts: &BTreeMap<SagaStep, Evidence>) -> Result<()> {
        if let Some(commands) = self.commands() {
            hooks::run(&commands.lower, commands.seconds, &|| false)?;
        } else if let Some(words) = self.noted_command(facts) {
            // The move file has lost it since.
            hooks::run(&words, hooks::ANNOUNCE_SECONDS, &|| false)?;
        }
        for (name, former) in self.noted(facts) {
            let Some(database) = self.catalogue.database(name)? else { continue };
            let is_ours = |value: &str| value.starts_with(&self.mark());
            if database.parameter(READ_ONLY).is_some_and(is_ours) {
                set(self.catalogue, name, READ_ONLY, former)?;
            }
        }
        Ok(())
    }

    fn commands(&self) -> Option<&config::Fence> {
        self.settings.filter(|settings| settings.property_only.is_none())
    }

    fn noted_command(&self, facts: &BTreeMap<SagaStep, Evidence>) -> Option<Vec<String>> {
        let text = facts.get(&SagaStep::Precheck)?.get(&self.lifting())?;
        serde_json::from_str(text).ok()
    }

    fn fact(&self, database: &str) -> String {
        format!("{DATABASE} {} {database}", self.side)
    }

    fn lifting(&self) -> String {
        format!("lifts the fence of {}", self.side)
    }

    fn mark(&self) -> String {
        format!("{} term ", self.name)
    }
}

/// Sets or takes away a parameter of a database, and reads it back. Idempotent. A database
/// that is gone needs none.
pub(super) fn set(catalogue: &Catalogue, name: &str, key: &str, value: Option<&str>) -> Result<()> {
    let Some(mut database) = catalogue.database(name)? else { return Ok(()) };
    if database.parameter(key) == value {
        return Ok(());
    }
    match value {
        Some(value) => database.set_parameter(key, value),
        None => drop(database.remove_parameter(key)),
    }
    catalogue.alter_database(&database)?;
    let now = catalogue.database(name)?;
    match now.as_ref().and_then(|now| now.parameter(key)) == value {
        true => Ok(()),
        false => Err(Error::new(Code::ServerFailed, "the metastore did not keep a property of")
            .on(name)
            .because(key)),
    }
}
