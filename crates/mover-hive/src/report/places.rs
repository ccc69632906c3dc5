//! Where files go: a line per table and partition that the plan points at UPPER, and how
//! many each rule brings.

use super::unwritable;
use crate::locations::{Locations, Place};
use boatlift_core::{Result, Side};
use std::collections::BTreeMap;
use std::io::Write;

/// The columns of `locations.csv`.
pub(super) const HEAD: &str = "key,lower,upper,rule,problem\n";

/// How many locations go where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Locations that are brought to UPPER, by rule.
    pub by_rule: BTreeMap<String, u64>,
    /// Locations that have no place on UPPER.
    pub refused: u64,
}

impl Preview {
    /// Lines for people; none when no location is concerned.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let brought = self.by_rule.iter().map(|(rule, count)| format!("{count} by {rule}"));
        let refused =
            (self.refused > 0).then(|| format!("{} have no place on UPPER", self.refused));
        brought.chain(refused).collect()
    }

    /// Writes the line of a location that has no place, for the reason given.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn refuse(&mut self, key: &str, problem: &str, out: &mut dyn Write) -> Result<()> {
        self.refused += 1;
        line(out, [key, "", "", "", problem])
    }

    /// Writes the line of a location of LOWER, and tells where it goes.
    pub(super) fn add(
        &mut self,
        locations: &Locations,
        key: &str,
        location: &str,
        out: &mut dyn Write,
    ) -> Result<Option<String>> {
        let full = locations.qualify(Side::Lower, location);
        let brought = full.and_then(|full| Ok((locations.to_upper(&full)?, full)));
        match brought {
            Ok((upper, lower)) => {
                let rule = rule_of(locations, &lower);
                line(out, [key, &lower, &upper, &rule, ""])?;
                *self.by_rule.entry(rule).or_default() += 1;
                Ok(Some(upper))
            }
            Err(refused) => {
                self.refused += 1;
                line(out, [key, location, "", "", &refused.to_string()])?;
                Ok(None)
            }
        }
    }
}

/// The longest rule that holds a full location of LOWER.
fn rule_of(locations: &Locations, lower: &str) -> String {
    let Ok(place) = Place::parse(lower, None) else { return String::new() };
    let holding = locations.rules().filter(|rule| place.below(&rule.from).is_some());
    let longest = holding.max_by_key(|rule| rule.from.path().len());
    longest.map(ToString::to_string).unwrap_or_default()
}

fn line(out: &mut dyn Write, fields: [&str; 5]) -> Result<()> {
    let quoted = fields.map(|field| match field.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    });
    writeln!(out, "{}", quoted.join(",")).map_err(unwritable)
}
