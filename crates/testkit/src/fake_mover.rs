//! A mover that moves nothing and hands over the users of a [`FakeSystem`].
//!
//! [`FakeSystem`]: crate::fake_system::FakeSystem

use crate::fake_faults::Scene;
use crate::fake_system::World;
use boatlift_core::lane::Step;
use boatlift_core::mover::{Group, Stage};
use boatlift_core::saga::{Condition, CutoverContext, Evidence, Latencies, SwitchEffect};
use boatlift_core::{Code, Cutover, Entry, Error, Mover, Policy, Result, SagaStep, Side};
use std::sync::Arc;

/// The setting while a cutover goes on.
const ARMED_KNOB: &str = "fast";

/// The mover.
pub struct FakeMover {
    scene: Arc<Scene>,
    /// Whether it says that it spoiled the Switch and does not: what tests must notice.
    pub spoils_lazily: bool,
}

impl FakeMover {
    /// A mover of the scene's system.
    #[must_use]
    pub fn new(scene: Arc<Scene>) -> FakeMover {
        FakeMover { scene, spoils_lazily: false }
    }

    /// One request to the system, between two points where things go wrong. An error after
    /// the request is an answer that was lost.
    fn request<T>(&self, name: &str, request: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        self.scene.point(&format!("before effect {name}"))?;
        let answer = self.scene.system.change(|world| {
            world.now_ms += 1;
            request(world)
        })?;
        self.scene.point(&format!("after effect {name}"))?;
        Ok(answer)
    }
}

impl Mover for FakeMover {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn groups(&self) -> Vec<Group> {
        vec![Group { name: "fake".to_owned(), routes: Vec::new(), remakes: false }]
    }

    fn stages(&self, _group: u32) -> &'static [Stage] {
        &[]
    }

    fn step(
        &self,
        _group: u32,
        _stage: usize,
        _entry: &Entry<'_>,
        _policy: &Policy,
    ) -> Option<Step> {
        None
    }

    fn cutover(&self) -> Option<&dyn Cutover> {
        Some(self)
    }
}

impl Cutover for FakeMover {
    fn conditions(&self) -> Result<Vec<Condition>> {
        let world = self.scene.system.world();
        Ok(vec![
            Condition {
                what: "users follow LOWER".to_owned(),
                holds: world.names == Side::Lower,
                seen: world.names.to_string(),
            },
            Condition {
                what: "LOWER is not fenced".to_owned(),
                holds: world.fence.is_none(),
                seen: world.fence.map_or("no fence".to_owned(), |term| term.to_string()),
            },
        ])
    }

    fn latencies(&self) -> Result<Latencies> {
        Ok(Latencies { window_ms: 100, switch_ms: 10, undo_ms: 20 })
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        if step == SagaStep::Drain && (context.halted)() {
            return Err(Error::new(Code::DeadlinePassed, "was told to halt"));
        }
        let expected = match step {
            SagaStep::Precheck => 0,
            _ => version(context)?,
        };
        self.request(step.word(), |world| {
            if step != SagaStep::Precheck {
                world.admit(context.term)?;
            }
            make(step, world, context, expected)
        })
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let expected = version(context)?;
        self.request("read", |world| Ok(effect(world, expected)))
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        let expected = version(context)?;
        self.request("spoil", |world| {
            world.admit(context.term)?;
            if effect(world, expected) == SwitchEffect::NotTaken {
                if self.spoils_lazily {
                    return Ok(SwitchEffect::Spoiled);
                }
                world.version += 1;
            }
            Ok(effect(world, expected))
        })
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        let former = context.fact(SagaStep::Precheck, "knob")?;
        self.request(&format!("undo {step}"), |world| {
            world.admit(context.term)?;
            match step {
                SagaStep::Fence => world.fence = None,
                _ => world.knob = former.to_owned(),
            }
            Ok(())
        })
    }
}

/// Every verb of a mover, called twice as after a lost answer.
pub struct Twice<'a>(pub &'a dyn Cutover);

impl Cutover for Twice<'_> {
    fn conditions(&self) -> Result<Vec<Condition>> {
        self.0.conditions()
    }

    fn latencies(&self) -> Result<Latencies> {
        self.0.latencies()
    }

    fn act(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<Evidence> {
        self.0.act(step, context)?;
        self.0.act(step, context)
    }

    fn read_switch(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.0.read_switch(context)?;
        self.0.read_switch(context)
    }

    fn spoil(&self, context: &CutoverContext<'_>) -> Result<SwitchEffect> {
        self.0.spoil(context)?;
        self.0.spoil(context)
    }

    fn undo(&self, step: SagaStep, context: &CutoverContext<'_>) -> Result<()> {
        self.0.undo(step, context)?;
        self.0.undo(step, context)
    }
}

/// What the system does when a step is asked for.
fn make(
    step: SagaStep,
    world: &mut World,
    context: &CutoverContext<'_>,
    expected: u64,
) -> Result<Evidence> {
    let evidence = Evidence::default();
    match step {
        SagaStep::Precheck => {
            return Ok(evidence.with("knob", &world.knob).with("version", world.version));
        }
        SagaStep::Arm => world.knob = ARMED_KNOB.to_owned(),
        SagaStep::Fence => world.fence = Some(context.term),
        SagaStep::Drain => world.upper.extend(world.lower.iter()),
        SagaStep::Verify => demand(world.lower.is_subset(&world.upper), "UPPER lacks a write")?,
        SagaStep::Switch => match effect(world, expected) {
            SwitchEffect::Taken => {}
            SwitchEffect::NotTaken => {
                world.names = Side::Upper;
                world.version += 1;
            }
            SwitchEffect::Spoiled => demand(false, "the authority has another version")?,
        },
        SagaStep::Guard => demand(world.write(), "a write is refused")?,
        SagaStep::Release => world.knob = context.fact(SagaStep::Precheck, "knob")?.to_owned(),
    }
    Ok(evidence)
}

fn effect(world: &World, expected: u64) -> SwitchEffect {
    match (world.names, world.version) {
        (Side::Upper, _) => SwitchEffect::Taken,
        (Side::Lower, version) if version == expected => SwitchEffect::NotTaken,
        (Side::Lower, _) => SwitchEffect::Spoiled,
    }
}

/// The authority's version as Precheck read it.
fn version(context: &CutoverContext<'_>) -> Result<u64> {
    let text = context.fact(SagaStep::Precheck, "version")?;
    text.parse().map_err(|error| Error::new(Code::Bug, "cannot read version").because(error))
}

fn demand(holds: bool, why: &str) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(Error::new(Code::SagaFailed, "the system refused").because(why)),
    }
}
