//! The screen: standard error while a move runs, shared by bars, lines and warnings.

use crate::output::Output;
use indicatif::{MultiProgress, ProgressDrawTarget};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Standard error, with bars at its foot where it is a terminal.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    bars: MultiProgress,
    quiet: bool,
}

impl Screen {
    /// The screen as the options and the terminal allow it.
    pub(crate) fn new(output: &Output) -> Screen {
        let shows_bars = io::stderr().is_terminal() && !output.quiet;
        let target = match shows_bars {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Screen { bars: MultiProgress::with_draw_target(target), quiet: output.quiet }
    }

    /// Whether bars can be drawn.
    pub(crate) fn is_terminal(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// The place of the bars.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Prints a line above the bars, unless the person wants quiet.
    pub(crate) fn say(&self, text: impl Display) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// Prints a line above the bars.
    pub(crate) fn tell(&self, text: impl Display) {
        self.above(format!("{text}\n").as_bytes());
    }

    /// Where standard error is gone there is nobody left to tell.
    fn above(&self, bytes: &[u8]) {
        self.bars.suspend(|| {
            let _nobody_listens = io::stderr().lock().write_all(bytes);
        });
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.above(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
