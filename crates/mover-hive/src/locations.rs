//! Where LOWER's files go on UPPER, and which place of LOWER a place of UPPER stands for.
//!
//! The way up has one answer or a refusal, and whatever it answers leads back to where it
//! came from: two places never become one. No file system is asked.

mod place;
mod properties;
mod rules;

pub use place::{NoPlace, Place};
pub use properties::Form;
pub use rules::Rule;

use crate::config::{Cluster, HiveConfig};
use boatlift_core::Side;
use place::FileSystem;
use rules::longest;

/// The places of two clusters.
#[derive(Debug, Clone)]
pub struct Locations {
    lower: FileSystem,
    upper: FileSystem,
    written: Vec<Rule>,
    /// From LOWER's namespace to UPPER's, for what no written rule matches.
    general: Rule,
    properties: Vec<String>,
}

/// Why a location has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no place for `{location}`: {why}")]
pub struct Refused {
    /// The location as it was given.
    pub location: String,
    /// What is wrong with it.
    pub why: Refusal,
}

/// What is wrong with a location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("{0}")]
    NoPlace(#[from] NoPlace),
    /// It lies on a third file system, and nobody said where it goes.
    #[error("it lies on neither namespace, and no rule names it")]
    NoRule,
    /// What is there on UPPER comes from elsewhere.
    #[error("{there} is where a rule brings {rival}")]
    Collides {
        /// The place of UPPER.
        there: String,
        /// The place of LOWER that a longer rule brings there.
        rival: String,
    },
    /// A place of UPPER that no place of LOWER is brought to.
    #[error("no place of LOWER is brought there")]
    NoSource,
    /// Both clusters share a file system, and no rule leads away from it.
    #[error("its place on UPPER would be a place of LOWER")]
    OnLower,
}

impl Locations {
    /// Reads namespaces and rules.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub fn new(config: &HiveConfig) -> Result<Locations, String> {
        let (lower, upper) =
            (namespace("lower", &config.lower)?, namespace("upper", &config.upper)?);
        let general = Rule { from: lower.clone(), to: upper.clone() };
        let lower = FileSystem::new(&lower, aliases("lower", &config.lower)?);
        let upper = FileSystem::new(&upper, aliases("upper", &config.upper)?);
        let written = rules::written(config, &lower, &upper)?;
        let properties = config.locations.properties.clone();
        Ok(Locations { lower, upper, written, general, properties })
    }

    /// The rules in the order of the file, the general one last: for previews.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.written.iter().chain([&self.general])
    }

    /// The top of a side's file system.
    #[must_use]
    pub fn top(&self, side: Side) -> &Place {
        match side {
            Side::Lower => self.lower.top(),
            Side::Upper => self.upper.top(),
        }
    }

    /// Reads a location of an object of `side`; without a scheme it lies on that side's
    /// namespace, and a namespace is written as the configuration writes it.
    ///
    /// # Errors
    /// [`Refusal::NoPlace`].
    pub fn place(&self, side: Side, location: &str) -> Result<Place, Refused> {
        let refuse = |why| Refused { location: location.to_owned(), why: Refusal::NoPlace(why) };
        let place = Place::parse(location, Some(self.top(side))).map_err(refuse)?;
        Ok(self.lower.respell(self.upper.respell(place)))
    }

    /// A location with scheme and authority.
    ///
    /// # Errors
    /// [`Refusal::NoPlace`].
    pub fn qualify(&self, side: Side, location: &str) -> Result<String, Refused> {
        self.place(side, location).map(|place| place.to_string())
    }

    /// Where the files of a location of LOWER go.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn to_upper(&self, lower: &str) -> Result<String, Refused> {
        let from = self.place(Side::Lower, lower)?;
        let refuse = |why| Refused { location: lower.to_owned(), why };
        let to = self.up(&from).map_err(refuse)?;
        let back = self.down(&to).map_err(refuse)?;
        if back.canonical() == from.canonical() {
            return Ok(to.to_string());
        }
        Err(refuse(Refusal::Collides { there: to.to_string(), rival: back.to_string() }))
    }

    /// The location of LOWER whose files come to a location of UPPER.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn to_lower(&self, upper: &str) -> Result<String, Refused> {
        let to = self.place(Side::Upper, upper)?;
        let refuse = |why| Refused { location: upper.to_owned(), why };
        let from = self.down(&to).map_err(refuse)?;
        match self.up(&from) {
            Ok(again) if again.canonical() == to.canonical() => Ok(from.to_string()),
            Ok(_) => Err(refuse(Refusal::NoSource)),
            Err(why) => Err(refuse(why)),
        }
    }

    /// One text for a location and its counterpart: what an object says about its place,
    /// stated in LOWER's terms. What is no location stays as it is.
    #[must_use]
    pub fn lower_form(&self, side: Side, location: &str) -> String {
        let Ok(place) = self.place(side, location) else { return location.to_owned() };
        if !self.is_on_lower(&place)
            && let Ok(lower) = self.to_lower(&place.to_string())
            && let Ok(lower) = self.place(Side::Lower, &lower)
        {
            return lower.canonical();
        }
        place.canonical()
    }

    /// The side on whose namespace, or under whose end of a rule, a location lies. What a
    /// rule leaves where it is lies on UPPER: nothing needs to be copied.
    #[must_use]
    pub fn side_of(&self, side: Side, location: &str) -> Option<Side> {
        let place = self.place(side, location).ok()?;
        if longest(&self.written, Side::Upper, &place).is_some() || self.is_on_upper(&place) {
            return Some(Side::Upper);
        }
        self.is_on_lower(&place).then_some(Side::Lower)
    }

    fn is_on_lower(&self, place: &Place) -> bool {
        self.lower.holds(place)
            || (longest(&self.written, Side::Lower, place).is_some()
                && longest(&self.written, Side::Upper, place).is_none())
    }

    fn is_on_upper(&self, place: &Place) -> bool {
        self.upper.holds(place) && !self.lower.holds(place)
    }

    fn up(&self, from: &Place) -> Result<Place, Refusal> {
        let rule = longest(&self.written, Side::Lower, from).unwrap_or(&self.general);
        let rest = from.below(&rule.from).ok_or(Refusal::NoRule)?;
        let to = rule.to.with_below(rest);
        if self.lower.holds(&to) { Err(Refusal::OnLower) } else { Ok(to) }
    }

    fn down(&self, to: &Place) -> Result<Place, Refusal> {
        let rule = longest(&self.written, Side::Upper, to).unwrap_or(&self.general);
        let rest = to.below(&rule.to).ok_or(Refusal::NoSource)?;
        Ok(rule.from.with_below(rest))
    }
}

fn namespace(side: &str, cluster: &Cluster) -> Result<Place, String> {
    file_system(&format!("{side}.namespace"), &cluster.namespace)
}

fn aliases(side: &str, cluster: &Cluster) -> Result<Vec<Place>, String> {
    let key = format!("{side}.namespace-aliases");
    cluster.namespace_aliases.iter().map(|alias| file_system(&key, alias)).collect()
}

fn file_system(key: &str, text: &str) -> Result<Place, String> {
    Place::parse(text, None).map_err(|why| format!("{key}: `{text}` is no file system: {why}"))
}

#[cfg(test)]
mod tests;
