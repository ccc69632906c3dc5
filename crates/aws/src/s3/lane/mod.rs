//! The lane from bucket to bucket.
//!
//! Where both are of one service the server copies by itself; otherwise, and where UPPER's
//! account may not read LOWER, the bytes pass through this process. Many objects are in flight
//! at a time, and looks at many are made by listing. The lane never retries.

mod carry;
mod compare;
mod hands;
mod inside;
mod listed;
mod pass;
mod room;

use super::bucket::Bucket;
use super::errors::{Halt, Part};
use super::names::Form;
use super::origin::Origins;
use super::state::ObjectState;
use super::{names, uploads};
use boatlift_core::lane::{Pace, Step, Turn};
use boatlift_core::outcome::Indexed;
use boatlift_core::{Entry, Lane, Outcome, Side};
use futures_util::stream::{FuturesUnordered, StreamExt};
use hands::Hands;
use inside::Inside;
use room::Room;
use std::sync::Arc;

/// The lane into a bucket.
pub(crate) struct S3Lane {
    origins: Arc<dyn Origins>,
    upper: Arc<Bucket>,
    inside: Inside,
    room: Room,
}

/// A step that has ended: its place in the turn, and its end.
type Landed = (usize, Part<Outcome>);

impl S3Lane {
    /// The lane into `upper` of what `origins` finds.
    pub(crate) fn new(origins: Arc<dyn Origins>, upper: Arc<Bucket>) -> S3Lane {
        let inside = Inside::new(origins.are_inside(&upper));
        S3Lane { origins, upper, inside, room: Room::new() }
    }

    async fn fly(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<(usize, Outcome)> {
        let Self { origins, upper, inside, room } = self;
        let hands = Hands { origins: &**origins, upper, inside, room, pace };
        let hands = &hands;
        let Ok(seen) = hands.list_looks(turn).await else { return Vec::new() };
        let mut flight = FuturesUnordered::new();
        let mut stopped = false;
        let mut outcomes = Vec::with_capacity(turn.steps.len());
        let mut land = |(place, end): Landed, stopped: &mut bool| match end {
            Ok(outcome) | Err(Halt::Told(outcome)) => outcomes.push((place, outcome)),
            Err(Halt::Stopped) => *stopped = true,
        };
        let most = self.upper.options.requests as usize;
        for (place, (index, step)) in turn.steps.iter().enumerate() {
            let entry = turn.page.get(*index as usize);
            while flight.len() >= most {
                let Some(landed) = flight.next().await else { break };
                land(landed, &mut stopped);
            }
            let listed = seen.get(index);
            if stopped || (listed.is_none() && hands.pay_for(*step).is_err()) {
                break;
            }
            flight.push(async move { (place, hands.make_or_sweep(entry, *step, listed).await) });
        }
        while let Some(landed) = flight.next().await {
            land(landed, &mut stopped);
        }
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        outcomes
    }
}

impl Lane for S3Lane {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn carry(&self, turn: &Turn<'_>, pace: &dyn Pace) -> Vec<Indexed> {
        let outcomes = self.upper.run(self.fly(turn, pace));
        outcomes.into_iter().map(|(place, outcome)| (turn.steps[place].0, outcome)).collect()
    }
}

impl Hands<'_> {
    /// What was not carried now may have been in the making when an earlier run died.
    async fn make_or_sweep(
        &self,
        entry: Entry<'_>,
        step: Step,
        listed: Option<&ObjectState>,
    ) -> Part<Outcome> {
        let end = self.make(&entry, step, listed).await;
        let is_bad = matches!(&end, Ok(outcome) | Err(Halt::Told(outcome)) if !outcome.is_good());
        if is_bad && self.is_by_parts(&entry) {
            let name = names::object(self.upper.prefix(), entry.key)?;
            // What cannot be aborted now is found by its record later.
            let _ = uploads::sweep(self.upper, &name).await;
        }
        end
    }

    async fn make(
        &self,
        entry: &Entry<'_>,
        step: Step,
        listed: Option<&ObjectState>,
    ) -> Part<Outcome> {
        Form::Objects.checked(entry.key)?;
        match step {
            Step::CompareAndCarry => Box::pin(self.compare_and_carry(entry)).await,
            Step::Remove => Box::pin(self.remove(entry)).await,
            Step::Look => Box::pin(self.look(entry, listed)).await,
            Step::ReadBack => Box::pin(self.read_back(entry)).await,
            // There are no directories, links or names to change: all is content.
            Step::MakeDirectory | Step::Carry | Step::Rename | Step::Link | Step::SetAttributes => {
                Box::pin(self.carry(entry)).await
            }
        }
    }
}

/// Requests that a step takes when nothing unusual happens: to LOWER and to UPPER.
fn operations(step: Step) -> [(Side, u64); 2] {
    let (lower, upper) = match step {
        Step::CompareAndCarry => (1, 1),
        Step::Remove => (0, 2),
        Step::Look | Step::ReadBack => (0, 1),
        _ => (0, 1),
    };
    [(Side::Lower, lower), (Side::Upper, upper)]
}
