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
            Ok(SwitchEffect::Taken) => {
                let error = Error::new(Code::SagaStuck, "users were led over already")
                    .because("not by this cutover");
                self.undo_failed(SagaStep::Switch, error)
            }
            Ok(SwitchEffect::NotTaken) => {
                let error = Error::new(Code::SagaStuck, "the switch may still take effect");
                self.undo_failed(SagaStep::Switch, error)
            }
            Err(error) => self.undo_failed(SagaStep::Switch, error),
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
