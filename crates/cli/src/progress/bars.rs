//! The bars of a terminal: items above, bytes below, honest while a side is still listed.

use super::Screen;
use boatlift_core::Side;
use boatlift_engine::status::{Snapshot, Status};
use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressStyle};
use std::time::Duration;

/// What is drawn while totals are known.
const KNOWN: &str = "{prefix:10} {wide_bar} {msg}";
/// What is drawn where there is nothing to count.
const NOTHING: &str = "";
/// What is drawn while they are not.
const LISTING: &str = "{prefix:10} {spinner} {msg}";

/// Two lines at the foot of the screen.
#[derive(Debug)]
pub(super) struct Bars {
    items: ProgressBar,
    bytes: ProgressBar,
}

impl Bars {
    /// Empty bars.
    pub(super) fn new(screen: &Screen) -> Bars {
        let add = || screen.bars().add(ProgressBar::new(0));
        Bars { items: add(), bytes: add() }
    }

    /// Draws the counters of one instant.
    pub(super) fn draw(&self, status: &Status) {
        let now = &status.progress;
        self.items.set_prefix(now.stage.clone().unwrap_or_else(|| status.phase.to_string()));
        match now.listing {
            true => self.draw_listing(now),
            false => self.draw_work(now),
        }
    }

    /// Takes the bars off the screen.
    pub(super) fn clear(&self) {
        self.items.finish_and_clear();
        self.bytes.finish_and_clear();
    }

    fn draw_listing(&self, now: &Snapshot) {
        self.items.set_style(style(LISTING));
        self.bytes.set_style(style(LISTING));
        self.items.set_message(listed(Side::Lower, now.listed_lower));
        self.bytes.set_message(listed(Side::Upper, now.listed_upper));
        self.items.tick();
        self.bytes.tick();
    }

    fn draw_work(&self, now: &Snapshot) {
        self.items.set_style(style(KNOWN));
        self.bytes.set_style(style(if now.bytes_total == 0 { NOTHING } else { KNOWN }));
        self.items.set_length(now.items_total);
        self.bytes.set_length(now.bytes_total);
        self.items.set_position(now.items_done.min(now.items_total));
        self.bytes.set_position(now.bytes_done.min(now.bytes_total));
        self.items.set_message(items(now));
        self.bytes.set_message(bytes(now));
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is a constant");
    style.progress_chars("=> ")
}

fn listed(side: Side, entries: u64) -> String {
    format!("{side} \u{2265} {} entries, listing", HumanCount(entries))
}

fn items(now: &Snapshot) -> String {
    let eta = match now.eta_seconds.filter(|seconds| *seconds > 0) {
        Some(seconds) => {
            format!("  ETA {}", humantime::format_duration(Duration::from_secs(seconds)))
        }
        None => String::new(),
    };
    format!(
        "{} of {} items  {}/s{eta}",
        HumanCount(now.items_done),
        HumanCount(now.items_total),
        HumanCount(now.items_per_second)
    )
}

fn bytes(now: &Snapshot) -> String {
    format!(
        "{} of {}  {}/s",
        BinaryBytes(now.bytes_done),
        BinaryBytes(now.bytes_total),
        BinaryBytes(now.bytes_per_second)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_lower_bounds_while_listing_and_no_end_is_promised() {
        assert_eq!(listed(Side::Lower, 12_345), "LOWER \u{2265} 12,345 entries, listing");
        let mut now = Snapshot { items_done: 5, items_total: 1_000, ..Snapshot::default() };
        assert_eq!(items(&now), "5 of 1,000 items  0/s");
        now.items_per_second = 7;
        now.eta_seconds = Some(130);
        assert_eq!(items(&now), "5 of 1,000 items  7/s  ETA 2m 10s");
        now = Snapshot { bytes_done: 1 << 20, bytes_total: 3 << 20, ..Snapshot::default() };
        assert_eq!(bytes(&now), "1.00 MiB of 3.00 MiB  0 B/s");
    }

    #[test]
    fn the_templates_are_good() {
        style(KNOWN);
        style(LISTING);
        style(NOTHING);
    }
}
