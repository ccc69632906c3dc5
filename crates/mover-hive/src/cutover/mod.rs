//! The cutover: LOWER refuses writes, both sides are brought in step, and UPPER becomes the
//! authority.
//!
//! The authority is one word in UPPER's metastore: whom users of the databases follow. The
//! switch is that word's change; hooks lead the users. Each word carries the term in which
//! it was said, and nothing is said in an older term than it names.

mod authority;
mod hooks;

use crate::catalog::Catalogue;
use crate::config::CutoverSettings;
use crate::translate::Translator;
use authority::{Authority, Word};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect,
};
use boatlift_core::side::Side;
use std::sync::Arc;

/// Set on LOWER's databases while writes are refused, and left there after the switch.
const READ_ONLY: &str = "boatlift.read-only";
/// Set on UPPER's databases once users follow them.
const ADOPTED: &str = "boatlift.adopted";
/// What the metastores' part of a step takes at worst, in milliseconds.
const METASTORE_MS: u64 = 10_000;

/// Hands the users of Hive databases over.
pub(crate) struct HiveCutover {
    pub(crate) settings: CutoverSettings,
    pub(crate) translator: Arc<Translator>,
    pub(crate) lower: Arc<Catalogue>,
    pub(crate) upper: Arc<Catalogue>,
    /// Under what name the authority is kept.
    pub(crate) about: String,
}

impl HiveCutover {
    fn authority(&self) -> Authority<'_> {
        Authority { upper: &self.upper, about: &self.about }
    }

    /// The databases in scope, by LOWER's names.
    fn databases(&self) -> Result<Vec<String>> {
        let scope = self.translator.scope();
        let mut names = self.lower.database_names()?;
        names.retain(|name| scope.takes_database(name));
        Ok(names)
    }

    fn fence(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let mark = format!("{} term {}", self.translator.move_name(), context.term.0);
        let mut evidence = Evidence::default();
        for name in self.databases()? {
            set(&self.lower, &name, READ_ONLY, Some(&mark))?;
            evidence = evidence.with(&name, "read-only");
        }
        if let Some(hook) = &self.settings.fence {
            hooks::run(&hook.raise, hook.seconds, context.halted)?;
            evidence = evidence.with("hook", hook.raise.join(" "));
        }
        Ok(evidence)
    }

    fn lift_fence(&self) -> Result<()> {
        if let Some(hook) = &self.settings.fence {
            hooks::run(&hook.lower, hook.seconds, &|| false)?;
        }
        for name in self.databases()? {
            set(&self.lower, &name, READ_ONLY, None)?;
        }
        Ok(())
    }

    fn guard(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let word = self.authority().read()?;
        if word.map(|word| word.side) != Some(Side::Upper) {
            return Err(Error::new(Code::SagaFailed, "the authority does not name UPPER"));
        }
        if !self.settings.announce.is_empty() {
            hooks::run(&self.settings.announce, hooks::ANNOUNCE_SECONDS, context.halted)?;
        }
        Ok(Evidence::default().with("announced", self.settings.announce.join(" ")))
    }

    fn adopt(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let mark = format!("{} term {}", self.translator.move_name(), context.term.0);
        let mut evidence = Evidence::default();
        for name in self.databases()? {
            let above = self.translator.scope().upper_database(&name);
            set(&self.upper, &above, ADOPTED, Some(&mark))?;
            evidence = evidence.with(&above, "adopted");
        }
        Ok(evidence)
    }
}

/// Sets or takes away a parameter of a database, and reads it back. Idempotent.
fn set(catalogue: &Catalogue, name: &str, key: &str, value: Option<&str>) -> Result<()> {
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

impl Cutover for HiveCutover {
    fn conditions(&self) -> Result<Vec<Condition>> {
        let word = self.authority().read()?;
        let seen = word.as_ref().map_or_else(|| "nobody said so".to_owned(), Word::to_string);
        let databases = self.databases()?;
        let fence = match &self.settings.fence {
            Some(hook) => format!("by `{}`", hook.raise.join(" ")),
            None => {
                "only the property boatlift.read-only is set; Hive alone does not heed it".into()
            }
        };
        Ok(vec![
            Condition {
                what: "users follow LOWER".to_owned(),
                holds: word.is_none_or(|word| word.side == Side::Lower),
                seen,
            },
            Condition {
                what: "there are databases to hand over".to_owned(),
                holds: !databases.is_empty(),
                seen: databases.join(", "),
            },
            Condition {
                what: "LOWER can be made to refuse writes".to_owned(),
                holds: self.settings.fence.is_some(),
                seen: fence,
            },
        ])
    }

    fn latencies(&self) -> Latencies {
        let hook_ms = self.settings.fence.as_ref().map_or(0, |hook| hook.seconds * 1000);
        Latencies {
            window_ms: METASTORE_MS + hook_ms,
            switch_ms: METASTORE_MS,
            undo_ms: METASTORE_MS + hook_ms,
        }
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        let authority = self.authority();
        match step {
            SagaStep::Precheck => {
                let word = authority.read()?.map(|word| word.to_string());
                Ok(Evidence::default().with("authority", word.unwrap_or_default()))
            }
            SagaStep::Arm => {
                authority.admit(context.term)?;
                authority.say(&Word::new(Side::Lower, context.term))?;
                Ok(Evidence::default())
            }
            SagaStep::Fence => {
                authority.admit(context.term)?;
                self.fence(context)
            }
            SagaStep::Drain | SagaStep::Verify => Ok(Evidence::default()),
            SagaStep::Switch => {
                authority.switch(context.term)?;
                Ok(Evidence::default().with("authority", Word::new(Side::Upper, context.term)))
            }
            SagaStep::Guard => self.guard(context),
            SagaStep::Release => {
                authority.admit(context.term)?;
                self.adopt(context)
            }
        }
    }

    fn read_switch(&self, _: &CutoverContext<'_>) -> Result<SwitchEffect> {
        Ok(effect(self.authority().read()?))
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let authority = self.authority();
        authority.admit(context.term)?;
        if effect(authority.read()?) == SwitchEffect::NotTaken {
            authority.say(&Word::spoiled(context.term))?;
        }
        Ok(effect(authority.read()?))
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        self.authority().admit(context.term)?;
        match step {
            SagaStep::Fence => self.lift_fence(),
            // The word that Arm said stays: it holds the newest term.
            _ => Ok(()),
        }
    }
}

fn effect(word: Option<Word>) -> SwitchEffect {
    match word {
        Some(word) if word.side == Side::Upper => SwitchEffect::Taken,
        Some(word) if word.is_spoiled => SwitchEffect::Spoiled,
        _ => SwitchEffect::NotTaken,
    }
}
