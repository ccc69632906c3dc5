//! The cutover: LOWER refuses writes, both sides are brought in step, and UPPER becomes the
//! authority; or back, with the sides exchanged.
//!
//! Whom users follow is decided by a view in UPPER's metastore that is made once, and told by
//! one word there. Hooks lead the users. Each word carries the term in which it was said, and
//! nothing is said in an older term than it names.

mod authority;
mod decision;
mod fence;
mod hooks;
mod leaks;
mod pointing;

use crate::catalog::{Catalogue, Describe};
use crate::config::{CutoverSettings, Stage};
use crate::scope::Scope;
use authority::{Authority, Word};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::saga::{
    Condition, Cutover, CutoverContext, Evidence, Latencies, SagaStep, SwitchEffect,
};
use boatlift_core::side::{Side, Term};
use decision::{Decision, Decisions};
use fence::{Fence, set};
use std::sync::Arc;

/// Set on UPPER's databases once users follow them.
const ADOPTED: &str = "boatlift.adopted";
/// What the metastores' part of a step takes at worst, in milliseconds.
const METASTORE_MS: u64 = 10_000;

/// Facts of Precheck: under what name the authority is kept, and in which term the cutover
/// began.
const ABOUT: &str = "about";
const BEGUN: &str = "begun";

/// Hands the users of Hive databases over, or leads them back.
pub(crate) struct HiveCutover {
    /// The side that users are led to.
    pub(crate) to: Side,
    pub(crate) settings: CutoverSettings,
    /// How far the move goes.
    pub(crate) extent: Stage,
    pub(crate) describe: Arc<Describe>,
    pub(crate) lower: Arc<Catalogue>,
    pub(crate) upper: Arc<Catalogue>,
    /// Under what name the authority is kept.
    pub(crate) about: String,
}

impl HiveCutover {
    fn from(&self) -> Side {
        match self.to {
            Side::Lower => Side::Upper,
            Side::Upper => Side::Lower,
        }
    }

    fn scope(&self) -> &Scope {
        self.describe.translator.scope()
    }

    /// The authority of an open cutover: the name is the one that it began with, whatever the
    /// move file says by now.
    fn authority<'a>(&'a self, context: &'a CutoverContext<'_>) -> Authority<'a> {
        let about = context.fact(SagaStep::Precheck, ABOUT).unwrap_or(&self.about);
        Authority { upper: &self.upper, about }
    }

    fn decisions<'a>(&'a self, context: &'a CutoverContext<'_>) -> Result<(Decisions<'a>, Term)> {
        let about = context.fact(SagaStep::Precheck, ABOUT)?;
        let begun = context.fact(SagaStep::Precheck, BEGUN)?;
        let begun = begun.parse().map_err(|_| Error::new(Code::Bug, "no term").on(begun))?;
        Ok((Decisions { upper: &self.upper, about }, Term(begun)))
    }

    fn fence_of(&self, side: Side) -> Fence<'_> {
        let (catalogue, settings) = match side {
            Side::Lower => (&self.lower, &self.settings.fence),
            Side::Upper => (&self.upper, &self.settings.reverse.fence),
        };
        let name = self.describe.translator.move_name();
        Fence { side, catalogue, settings: settings.as_ref(), name }
    }

    /// The databases in scope, by the names of a side.
    fn databases(&self, side: Side) -> Result<Vec<String>> {
        let mut names = self.lower.database_names()?;
        names.retain(|name| self.scope().takes_database(name));
        Ok(match side {
            Side::Lower => names,
            Side::Upper => names.iter().map(|name| self.scope().upper_database(name)).collect(),
        })
    }

    fn precheck(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let word = Authority { upper: &self.upper, about: &self.about }.read()?;
        let mut evidence = Evidence::default()
            .with("authority", word.map(|word| word.to_string()).unwrap_or_default())
            .with(ABOUT, &self.about)
            .with(BEGUN, context.term.0);
        evidence = self.fence_of(self.from()).note(evidence, &self.databases(self.from())?)?;
        // What the former cutover changed is put back after the switch: by this one's notes.
        let before = context.before.and_then(|before| before.get(&SagaStep::Precheck));
        for (name, value) in before.into_iter().flat_map(Evidence::iter) {
            if evidence.get(name).is_none() {
                evidence = evidence.with(name, value);
            }
        }
        Ok(evidence)
    }

    fn arm(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let authority = self.authority(context);
        authority.admit(context.term)?;
        authority.say(&Word::new(self.from(), context.term))?;
        let (decisions, begun) = self.decisions(context)?;
        decisions.forget_before(begun)?;
        Ok(Evidence::default())
    }

    /// Tells everybody, now that it is decided. A run that died in between is healed here.
    fn guard(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let authority = self.authority(context);
        authority.admit(context.term)?;
        authority.say(&Word::new(self.to, context.term))?;
        let announce = match self.to {
            Side::Upper => &self.settings.announce,
            Side::Lower => {
                // Users come to a side that accepts their writes.
                self.fence_of(self.to).lift(context.evidence)?;
                &self.settings.reverse.announce
            }
        };
        if !announce.is_empty() {
            hooks::run(announce, hooks::ANNOUNCE_SECONDS, context.halted)?;
        }
        Ok(Evidence::default().with("announced", announce.join(" ")))
    }

    fn release(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        self.authority(context).admit(context.term)?;
        let mark = format!("{} term {}", self.describe.translator.move_name(), context.term.0);
        let adopted = (self.to == Side::Upper).then_some(mark.as_str());
        for name in self.databases(Side::Upper)? {
            set(&self.upper, &name, ADOPTED, adopted)?;
        }
        if self.to == Side::Lower {
            self.fence_of(Side::Upper).lift(context.evidence)?;
        }
        Ok(Evidence::default().with("adopted", adopted.unwrap_or_default()))
    }

    fn switch(&self, context: &CutoverContext<'_>) -> Result<Evidence> {
        let authority = self.authority(context);
        authority.admit(context.term)?;
        let (decisions, begun) = self.decisions(context)?;
        match decisions.decide(begun, Decision::Follow(self.to))? {
            Decision::Follow(side) if side == self.to => {
                authority.say(&Word::new(self.to, context.term))?;
                Ok(Evidence::default().with("authority", Word::new(self.to, context.term)))
            }
            _ => Err(Error::new(Code::SagaFailed, "cannot switch").because("it was spoiled")),
        }
    }

    fn effect(&self, decision: Option<Decision>) -> SwitchEffect {
        match decision {
            Some(Decision::Follow(side)) if side == self.to => SwitchEffect::Taken,
            Some(_) => SwitchEffect::Spoiled,
            None => SwitchEffect::NotTaken,
        }
    }

    fn follows(&self) -> Result<Condition> {
        let word = Authority { upper: &self.upper, about: &self.about }.read()?;
        let followed = word.as_ref().map_or(Side::Lower, |word| word.side);
        Ok(Condition {
            what: format!("users follow {}", self.from()),
            holds: followed == self.from(),
            seen: word.map_or_else(|| "nobody led them away".to_owned(), |word| word.to_string()),
        })
    }

    fn files_are_there(&self) -> Result<Condition> {
        if self.extent == Stage::Storage {
            return pointing::condition(&self.upper, &self.describe);
        }
        Ok(Condition {
            what: "every table's files are on UPPER".to_owned(),
            holds: false,
            seen: "`stage: metadata` leaves them on LOWER; say `stage: storage` and run the move"
                .to_owned(),
        })
    }
}

impl Cutover for HiveCutover {
    fn conditions(&self) -> Result<Vec<Condition>> {
        let databases = self.databases(self.from())?;
        let (holds, seen) = self.fence_of(self.from()).standing();
        let mut all = vec![
            self.follows()?,
            Condition {
                what: "there are databases to hand over".to_owned(),
                holds: !databases.is_empty(),
                seen: databases.join(", "),
            },
            Condition {
                what: format!("{} can be made to refuse writes", self.from()),
                holds,
                seen,
            },
        ];
        if self.to == Side::Upper {
            all.push(self.files_are_there()?);
        }
        Ok(all)
    }

    fn latencies(&self) -> Result<Latencies> {
        let command_ms = self.fence_of(self.from()).command_ms();
        Ok(Latencies {
            window_ms: METASTORE_MS + command_ms,
            switch_ms: METASTORE_MS,
            undo_ms: METASTORE_MS + command_ms,
        })
    }

    fn reverse_ms(&self) -> u64 {
        u64::try_from(self.settings.reverse_window.0.as_millis()).unwrap_or(u64::MAX)
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        match step {
            SagaStep::Precheck => self.precheck(context),
            SagaStep::Arm => self.arm(context),
            SagaStep::Fence => {
                self.authority(context).admit(context.term)?;
                let fence = self.fence_of(self.from());
                fence.raise(context.evidence, context.term.0, context.halted)
            }
            SagaStep::Drain => self.position(),
            SagaStep::Verify => self.verify(context),
            SagaStep::Switch => self.switch(context),
            SagaStep::Guard => self.guard(context),
            SagaStep::Release => self.release(context),
        }
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let (decisions, begun) = self.decisions(context)?;
        Ok(self.effect(decisions.of(begun)?))
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let authority = self.authority(context);
        authority.admit(context.term)?;
        let (decisions, begun) = self.decisions(context)?;
        if decisions.of(begun)?.is_none() {
            // It is where decisions are kept, which Arm may not have come to make.
            authority.say(&Word::new(self.from(), context.term))?;
        }
        Ok(self.effect(Some(decisions.decide(begun, Decision::Spoiled)?)))
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        self.authority(context).admit(context.term)?;
        match step {
            SagaStep::Fence => self.fence_of(self.from()).lift(context.evidence),
            // The word that Arm said stays: it holds the newest term.
            _ => Ok(()),
        }
    }
}
