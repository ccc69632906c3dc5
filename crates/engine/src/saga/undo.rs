//! Takes a cutover back: first the Switch that may still come, then the fence, then the
//! settings.

use super::runner::Driver;
use boatlift_core::saga::SwitchEffect;
use boatlift_core::{Code, Error, Result, SagaEvent, SagaStep};

impl Driver<'_> {
    /// Makes the Switch impossible, or learns that it came first.
    pub(super) fn spoil(&mut self) -> Result<()> {
        self.record(SagaEvent::SpoilIntent)?;
        match self.ask(false, |cutover, context| cutover.spoil(context)) {
            Ok(SwitchEffect::Spoiled) => {
                self.went_well();
                self.record(SagaEvent::Spoiled)
            }
            Ok(effect @ SwitchEffect::Taken) if self.state.asked_switch() => {
                self.went_well();
                self.record(SagaEvent::SwitchRead { effect })
            }
            Ok(SwitchEffect::Taken) => self.undo_failed(SagaStep::Switch, led_by_other_hand()),
            Ok(SwitchEffect::NotTaken) => {
                let error = Error::new(Code::SagaStuck, "the switch may still take effect");
                self.undo_failed(SagaStep::Switch, error)
            }
            Err(error) => self.undo_failed(SagaStep::Switch, error),
        }
    }

    /// Where no Switch was asked for, somebody else may have led users over while nobody watched:
    /// then LOWER must not take writes again. An authority that does not answer has done nothing
    /// by itself, and holds nothing up.
    pub(super) fn refuse_other_hand(&mut self) -> Result<()> {
        if self.state.asked_switch() || !self.state.refuses_users() {
            return Ok(());
        }
        match self.ask(false, |cutover, context| cutover.spoil(context)) {
            Ok(SwitchEffect::Taken) => Err(led_by_other_hand()),
            Ok(SwitchEffect::Spoiled | SwitchEffect::NotTaken) => Ok(()),
            Err(error) if matches!(error.code, Code::TermNewer | Code::SagaStuck) => Err(error),
            Err(error) => {
                tracing::warn!(%error, "whom users follow is not known; no switch was asked for");
                Ok(())
            }
        }
    }

    /// Takes one step back.
    pub(super) fn undo(&mut self, step: SagaStep) -> Result<()> {
        self.record(SagaEvent::UndoIntent { step })?;
        let undone = self.ask(false, |cutover, context| cutover.undo(step, context));
        crate::fault::point("saga-effect");
        match undone {
            Ok(()) => {
                self.went_well();
                self.record(SagaEvent::Undone { step })
            }
            Err(error) => self.undo_failed(step, error),
        }
    }

    fn undo_failed(&mut self, step: SagaStep, error: Error) -> Result<()> {
        if error.code == Code::TermNewer {
            return Err(error);
        }
        self.record(SagaEvent::UndoFailed { step, error: error.clone() })?;
        self.setback(Code::SagaStuck, &format!("cannot undo {step}"), error)
    }
}

fn led_by_other_hand() -> Error {
    Error::new(Code::SagaStuck, "users were led over already").because("not by this cutover")
}
