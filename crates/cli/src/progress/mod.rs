//! What a person sees and may press while a move runs: bars on a terminal, else a status
//! line now and then; SIGUSR1 asks for one at once, SIGINT and SIGTERM ask it to stop.
//!
//! Reads views and sends commands; the run goes on the same whether anybody looks or not.

mod bars;
mod screen;

pub(crate) use screen::Screen;

use bars::Bars;
use boatlift_core::{Code, Error, Result};
use boatlift_engine::lift::Control;
use boatlift_engine::status::Status;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Time between two drawings of the bars.
const REDRAW: Duration = Duration::from_millis(500);

/// Watches a run until this is dropped, which waits for its thread.
#[derive(Debug)]
pub(crate) struct Watcher {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Heeds signals from here on, and shows the progress of `control`'s run.
    ///
    /// # Errors
    /// When signals or threads cannot be had.
    pub(crate) fn start(control: Arc<Control>, every: Duration, screen: Screen) -> Result<Watcher> {
        let fail = |error: std::io::Error| {
            Error::new(Code::StateIo, "cannot watch the run").because(error)
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fail)?;
        let signals = Signals::new(&runtime).map_err(fail)?;
        let (end, ended) = oneshot::channel();
        let bars = screen.is_terminal().then(|| Bars::new(&screen));
        let every = if bars.is_some() { REDRAW } else { every };
        let watch = Watch { control, screen, bars, stopping: false };
        let work = move || runtime.block_on(watch.run(signals, every, ended));
        let thread = std::thread::Builder::new().name("watch".into()).spawn(work).map_err(fail)?;
        Ok(Watcher { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that shows progress panicked");
        }
    }
}

/// The signals that mean something to a run.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    tell: Signal,
}

impl Signals {
    fn new(runtime: &Runtime) -> std::io::Result<Signals> {
        let _inside = runtime.enter();
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            tell: signal(SignalKind::user_defined1())?,
        })
    }
}

struct Watch {
    control: Arc<Control>,
    screen: Screen,
    bars: Option<Bars>,
    stopping: bool,
}

impl Watch {
    async fn run(
        mut self,
        mut signals: Signals,
        every: Duration,
        mut ended: oneshot::Receiver<()>,
    ) {
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _told_or_dropped = &mut ended => break,
                _ = signals.interrupt.recv() => self.stop(),
                _ = signals.terminate.recv() => self.stop(),
                _ = signals.tell.recv() => self.tell(),
                _ = ticks.tick() => self.show(),
            }
        }
        if let Some(bars) = &self.bars {
            bars.clear();
        }
    }

    fn stop(&mut self) {
        let text = match self.stopping {
            false => "stopping: what is in hand is finished and the state saved",
            true => "still stopping; what was recorded is safe in any case",
        };
        self.screen.say(text);
        self.stopping = true;
        self.control.stop();
    }

    fn show(&self) {
        match (&self.bars, self.control.status()) {
            (Some(bars), Ok(status)) => bars.draw(&status),
            (None, Ok(status)) => self.screen.say(line(&status)),
            (_, Err(error)) => tracing::warn!(%error, "the status could not be read"),
        }
    }

    /// A person asked by signal, so it is told in every mode.
    fn tell(&self) {
        match self.control.status() {
            Ok(status) => self.screen.tell(line(&status)),
            Err(error) => tracing::warn!(%error, "the status could not be read"),
        }
    }
}

fn line(status: &Status) -> String {
    status.heartbeat(&jiff::Timestamp::now())
}
