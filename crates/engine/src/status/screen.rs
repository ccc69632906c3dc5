//! A status as text: one line for logs, some lines for a terminal. No colour; what is
//! coloured elsewhere reads the same without.

use super::{Failing, Status};
use crate::wording::{bytes, bytes_of, bytes_tight, count, one_line, percent, span};
use boatlift_core::Phase;
use std::fmt::Write;

/// Width of the labels at the left of the screen.
const LABEL: usize = 12;
/// Width to which keys are padded.
const KEY: usize = 32;

/// One line, words separated by spaces, stable for scripts that cut it up.
pub(super) fn heartbeat(status: &Status, at: &jiff::Timestamp) -> String {
    let now = &status.progress;
    let seconds = jiff::Timestamp::from_second(at.as_second()).unwrap_or(*at);
    let work = now.stage.as_deref().unwrap_or(status.phase.word());
    let mut line = format!("{seconds} {} {work}", one_line(&status.name).replace(' ', "_"));
    if now.listing {
        line += &format!(" listed=\u{2265}{}/\u{2265}{}", now.listed_lower, now.listed_upper);
    } else {
        line += &format!(
            " {:.1}% {} {}/s items={}/{}",
            share(status),
            bytes_of(now.bytes_done, now.bytes_total),
            bytes_tight(now.bytes_per_second),
            now.items_done,
            now.items_total
        );
        if let Some(seconds) = now.eta_seconds {
            line += &format!(" eta={}", span(seconds).replace(' ', ""));
        }
    }
    let state = match &status.paused_by {
        Some(_) => "paused",
        None => status.phase.word(),
    };
    line + &format!(" failing={} state={state}", status.open_items)
}

/// One line for a list of moves.
pub(super) fn line(status: &Status) -> String {
    let runs = if status.running.is_some() { "running" } else { "not running" };
    let done = match share_is_known(status) {
        true => format!(" {:.1}%", share(status)),
        false => String::new(),
    };
    let (name, phase) = (one_line(&status.name), status.phase);
    format!("{name:20} {:8} {phase:9}{done} {}   {runs}", status.mover, verdict(status))
}

/// All lines.
pub(super) fn render(status: &Status) -> String {
    let mut out = Lines(String::new());
    out.head(status);
    for (index, reason) in status.because.iter().enumerate() {
        out.line(if index == 0 { "because" } else { "" }, reason);
    }
    out.line("phase", &phase(status));
    out.cutover(status);
    out.listed(status);
    out.counters(status);
    out.sums(status);
    out.limits(status);
    out.failing(status);
    let next = status.next.command.as_deref().unwrap_or("nothing to do");
    out.line("next", &format!("{next}      ({})", status.next.reason));
    out.0.truncate(out.0.trim_end().len());
    out.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, label: &str, text: &str) {
        let line = format!("{label:LABEL$} {}", one_line(text));
        self.0 += line.trim_end();
        self.0.push('\n');
    }

    fn head(&mut self, status: &Status) {
        let root = |root: &Option<String>| root.as_deref().map_or("?".to_owned(), one_line);
        let roots = format!("LOWER {} -> UPPER {}", root(&status.lower), root(&status.upper));
        let (name, mover) = (one_line(&status.name), &status.mover);
        let health = status.health.word().to_uppercase();
        self.0 += &format!("{name}   {mover}   {roots}   {health}\n");
    }

    fn cutover(&mut self, status: &Status) {
        let Some(handed) = &status.cutover else { return };
        let mut text = format!("to {}: {}", handed.to, handed.state);
        let step = handed.step.map(|step| format!(", at {step}"));
        let users = handed.users_follow.as_ref().map(|side| format!("; users follow {side}"));
        let until = handed.reverse_until.as_ref().map(|at| format!("; reversible until {at}"));
        let because = handed.because.as_ref().map(|why| format!(": {why}"));
        for part in [step, users, until, because].into_iter().flatten() {
            text += &part;
        }
        self.line("cutover", &text);
    }

    fn listed(&mut self, status: &Status) {
        let now = &status.progress;
        let bound = if now.listing { "\u{2265} " } else { "" };
        let (lower, upper) = (count(now.listed_lower), count(now.listed_upper));
        self.line("listed", &format!("LOWER {bound}{lower}    UPPER {bound}{upper}"));
    }

    /// While a side is listed nobody knows what is still to come, and when all is done
    /// nobody asks.
    fn counters(&mut self, status: &Status) {
        let now = &status.progress;
        let live = status.running.is_some();
        let over = matches!(status.phase, Phase::Agreed | Phase::Waiting | Phase::Cutover);
        let known = now.stage.is_some() || status.plan.is_some();
        if now.listing || !known || (!live && (over || status.phase.is_closed())) {
            return;
        }
        let rate = |rate: String| if live { format!("   {rate}/s") } else { String::new() };
        let eta = now.eta_seconds.map(|seconds| format!("   ETA {}", span(seconds)));
        self.line(
            "items",
            &format!(
                "{} of {}{}",
                count(now.items_done),
                count(now.items_total),
                rate(count(now.items_per_second))
            ),
        );
        self.line(
            "bytes",
            &format!(
                "{} of {}{}{}",
                bytes(now.bytes_done),
                bytes(now.bytes_total),
                rate(bytes(now.bytes_per_second)),
                eta.unwrap_or_default()
            ),
        );
    }

    fn sums(&mut self, status: &Status) {
        let words = |words: Vec<(&str, u64)>| {
            let all = words.into_iter().filter(|(_, number)| *number > 0);
            all.map(|(word, number)| format!("{} {word}", count(number)))
                .collect::<Vec<_>>()
                .join("    ")
        };
        let verdicts =
            status.verdicts.iter().map(|(verdict, sum)| (verdict.word(), sum.entries)).collect();
        let o = &status.outcomes;
        let outcomes = vec![
            ("done", o.done),
            ("same", o.same),
            ("vanished", o.vanished),
            ("moving", o.moving),
            ("skipped", o.skipped),
            ("failed", o.failed),
        ];
        let proofs = status.proofs.iter().map(|(proof, items)| (proof.word(), *items)).collect();
        for (label, text) in
            [("compared", words(verdicts)), ("outcomes", words(outcomes)), ("proof", words(proofs))]
        {
            if !text.is_empty() {
                self.line(label, &text);
            }
        }
    }

    fn limits(&mut self, status: &Status) {
        if let Some(limits) = &status.limits {
            let jobs = limits.jobs.map_or("default".to_owned(), |jobs| jobs.to_string());
            self.line(
                "limits",
                &format!(
                    "LOWER rate {} ops {}    UPPER rate {} ops {}    jobs {jobs}",
                    limits.lower.rate, limits.lower.ops, limits.upper.rate, limits.upper.ops
                ),
            );
        }
    }

    fn failing(&mut self, status: &Status) {
        for (index, failing) in status.failing.iter().enumerate() {
            self.line(if index == 0 { "failing" } else { "" }, &one(failing));
        }
        let more = status.open_items.saturating_sub(status.failing.len() as u64);
        if more > 0 {
            self.line("", &format!("and {} more", count(more)));
        }
    }
}

/// `DEGRADED (2 items need a look)`.
fn verdict(status: &Status) -> String {
    let health = status.health.word().to_uppercase();
    match status.because.as_slice() {
        [] => health,
        all => format!("{health} ({})", one_line(&all.join("; "))),
    }
}

fn one(failing: &Failing) -> String {
    let mut line =
        format!("{:KEY$}  {}: {}", failing.key.to_string(), failing.stage, failing.message);
    if failing.attempts > 1 {
        let _infallible = write!(line, ", attempt {}", failing.attempts);
    }
    match failing.code {
        Some(code) => line + &format!("  boatlift explain {code}"),
        None => line,
    }
}

fn phase(status: &Status) -> String {
    let mut text = status.phase.word().to_owned();
    if let Some(stage) = &status.progress.stage {
        text += &format!(" \u{25b6} {stage}");
    }
    if share_is_known(status) {
        text += &format!(" {:.1}%", share(status));
    }
    if let Some(plan) = status.plan {
        text += &format!("    plan {plan}");
    }
    match &status.running {
        Some(running) => {
            text + &format!(
                "    process {} on {} since {}",
                running.pid, running.host, running.since
            )
        }
        None => text + &format!("    not running, as of {}", status.updated_at),
    }
}

fn share_is_known(status: &Status) -> bool {
    !status.progress.listing && matches!(status.phase, Phase::Copy | Phase::Verify)
}

/// By bytes where there are any, else by items.
fn share(status: &Status) -> f64 {
    let now = &status.progress;
    match now.bytes_total {
        0 => percent(now.items_done, now.items_total),
        total => percent(now.bytes_done, total),
    }
}
