//! Rules that lead from LOWER's places to UPPER's, and back.
//!
//! The longest prefix decides, on whole components. A rule set is refused when one place of
//! UPPER could come from two of LOWER.

use super::place::{FileSystem, Place};
use crate::config::HiveConfig;
use boatlift_core::Side;
use std::fmt;

/// More rules than a person writes.
const MOST_RULES: usize = 1_000;

/// What takes the place of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A directory of LOWER.
    pub from: Place,
    /// The directory of UPPER.
    pub to: Place,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)
    }
}

impl Rule {
    /// The place of `side` by this rule's two.
    fn end(&self, side: Side) -> &Place {
        match side {
            Side::Lower => &self.from,
            Side::Upper => &self.to,
        }
    }
}

/// The rule for a place of `side`: the one with the longest prefix.
pub(super) fn longest<'a>(rules: &'a [Rule], side: Side, place: &Place) -> Option<&'a Rule> {
    let matching = rules.iter().filter(|rule| place.below(rule.end(side)).is_some());
    matching.max_by_key(|rule| rule.end(side).path().len())
}

/// The rules that a person wrote, the warehouse's last.
///
/// # Errors
/// Says which key is wrong, and why.
pub(super) fn written(
    config: &HiveConfig,
    lower: &FileSystem,
    upper: &FileSystem,
) -> Result<Vec<Rule>, String> {
    let from = |key: &str, text: &str| read(key, text, lower, upper);
    let to = |key: &str, text: &str| read(key, text, upper, lower);
    let settings = &config.locations;
    if settings.rules.len() > MOST_RULES {
        return Err(format!("locations.rules: more than {MOST_RULES} rules"));
    }
    let mut rules = Vec::new();
    for (index, rule) in settings.rules.iter().enumerate() {
        let key = |end| format!("locations.rules[{index}].{end}");
        rules.push(Rule { from: from(&key("from"), &rule.from)?, to: to(&key("to"), &rule.to)? });
    }
    if let Some(warehouse) = &settings.warehouse {
        rules.push(Rule {
            from: from("locations.warehouse.lower", &warehouse.lower)?,
            to: to("locations.warehouse.upper-external", &warehouse.upper_external)?,
        });
    }
    check(&rules, lower)?;
    Ok(rules)
}

fn read(key: &str, text: &str, home: &FileSystem, other: &FileSystem) -> Result<Place, String> {
    Place::parse(text, Some(home.top()))
        .map(|place| other.respell(home.respell(place)))
        .map_err(|why| format!("{key}: `{text}` is no location: {why}"))
}

fn check(rules: &[Rule], lower: &FileSystem) -> Result<(), String> {
    for (index, rule) in rules.iter().enumerate() {
        if lower.holds(&rule.to) {
            return Err(format!("locations.rules: {rule}: that is a place of LOWER"));
        }
        for other in &rules[..index] {
            if rule.from.canonical() == other.from.canonical() {
                return Err(format!("locations.rules: two rules for {}", rule.from));
            }
            if collide(rules, rule, other) || collide(rules, other, rule) {
                return Err(format!(
                    "locations.rules: {other} and {rule} would bring two places together"
                ));
            }
        }
    }
    Ok(())
}

/// Whether some place below `inner.to` can come by `outer` as well as by `inner`.
fn collide(rules: &[Rule], outer: &Rule, inner: &Rule) -> bool {
    let Some(rest) = inner.to.below(&outer.to) else { return false };
    let rival = outer.from.with_below(rest);
    // By `outer`, only the rival comes there: unless it is the inner rule's own place, or a
    // longer rule leads it elsewhere, with all that is below it.
    rival.canonical() != inner.from.canonical()
        && longest(rules, Side::Lower, &rival).is_some_and(|rule| rule == outer)
}
