//! How many requests are in flight on one bucket: one more after each round that went well,
//! half as many when the server asks for fewer.

use aws_sdk_s3::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Answers of one storm count once.
const CALM: Duration = Duration::from_millis(500);
/// The interface of interceptors asks for boxed errors.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The limit on requests in flight.
#[derive(Debug)]
pub(crate) struct Flow {
    permits: Semaphore,
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many may be in flight.
    limit: usize,
    /// Permits to be taken back as they come free.
    owed: usize,
    /// Good answers since the limit last changed.
    good: usize,
    slowed: Option<Instant>,
}

/// The right to one request. It is given back when dropped.
pub(crate) struct Permit<'a> {
    flow: &'a Flow,
    permit: Option<SemaphorePermit<'a>>,
}

impl Flow {
    pub(crate) fn new(most: u32) -> Flow {
        let most = most as usize;
        let state = State { limit: most, owed: 0, good: 0, slowed: None };
        Flow { permits: Semaphore::new(most), most, state: Mutex::new(state) }
    }

    /// Waits for the right to one request.
    pub(crate) async fn enter(&self) -> Permit<'_> {
        // The semaphore is never closed.
        Permit { flow: self, permit: self.permits.acquire().await.ok() }
    }

    /// How many may be in flight now.
    #[cfg(test)]
    fn limit(&self) -> usize {
        self.state().limit
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an answer's status.
    pub(crate) fn observe(&self, status: u16) {
        match status {
            429 | 503 => self.slow(Instant::now()),
            200..=299 => self.good(),
            _ => {}
        }
    }

    fn good(&self) {
        let mut state = self.state();
        state.good += 1;
        if state.good >= state.limit && state.limit < self.most {
            state.good = 0;
            state.limit += 1;
            match state.owed {
                0 => self.permits.add_permits(1),
                _ => state.owed -= 1,
            }
        }
    }

    fn slow(&self, now: Instant) {
        let mut state = self.state();
        if state.slowed.is_some_and(|before| now.duration_since(before) < CALM) {
            return;
        }
        let fewer = (state.limit / 2).max(1);
        let back = state.limit - fewer;
        let taken = self.permits.forget_permits(back);
        state.owed += back - taken;
        (state.limit, state.good, state.slowed) = (fewer, 0, Some(now));
        tracing::info!(limit = fewer, "the server asks for fewer requests");
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.flow.state();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

/// Sees every answer, also those after which the client tries again by itself.
#[derive(Debug)]
pub(crate) struct Watch(pub(crate) Arc<Flow>);

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "boatlift-flow"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(response) = context.response() {
            self.0.observe(response.status().as_u16());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_halves_the_limit_once_and_good_answers_raise_it() {
        let flow = Flow::new(8);
        let now = Instant::now();
        flow.slow(now);
        flow.slow(now);
        assert_eq!((flow.limit(), flow.permits.available_permits()), (4, 4));
        for _ in 0..4 {
            flow.good();
        }
        assert_eq!((flow.limit(), flow.permits.available_permits()), (5, 5));
        for storm in 1..9 {
            flow.slow(now + CALM * storm);
        }
        assert_eq!(flow.limit(), 1, "never none at all");
    }

    #[tokio::test]
    async fn permits_that_are_out_are_taken_back_when_they_return() {
        let flow = Flow::new(4);
        let out = [flow.enter().await, flow.enter().await, flow.enter().await];
        flow.slow(Instant::now());
        assert_eq!(flow.permits.available_permits(), 0);
        drop(out);
        assert_eq!((flow.limit(), flow.permits.available_permits()), (2, 2));
    }
}
