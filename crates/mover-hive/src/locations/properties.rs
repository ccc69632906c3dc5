//! Locations in parameters and SerDe properties, and the two forms that an object on UPPER
//! may have.

use super::{Locations, Refused};
use boatlift_clients::thrift::Map;
use boatlift_core::Side;

/// What an object on UPPER says about its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The files still lie on LOWER, and the full location says so.
    Linked,
    /// The files lie on UPPER.
    Stored,
}

impl Locations {
    /// A location of an object of UPPER in one of its two forms. What lies on neither side
    /// stays where it is.
    ///
    /// # Errors
    /// See [`super::Refusal`].
    pub fn in_form(&self, form: Form, location: &str) -> Result<String, Refused> {
        match (form, self.side_of(Side::Upper, location)) {
            (Form::Linked, Some(Side::Upper)) => self.to_lower(location),
            (Form::Stored, Some(Side::Lower)) => self.to_upper(location),
            _ => self.qualify(Side::Upper, location),
        }
    }

    /// Whether a parameter or SerDe property is known to hold a location and its value reads
    /// as one: led by a scheme of a file system or by a slash, and one alone (a value with a
    /// comma may be a list, and is left as it is).
    #[must_use]
    pub fn holds_location(&self, key: &str, value: &str) -> bool {
        let known = self.properties.iter().any(|name| name.eq_ignore_ascii_case(key));
        let web = |scheme: &str| {
            value.len() >= scheme.len()
                && value.as_bytes()[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
        };
        known
            && !value.contains(',')
            && !web("http:")
            && !web("https:")
            && self.place(Side::Lower, value).is_ok()
    }

    /// Gives every location among parameters or properties another text.
    ///
    /// # Errors
    /// The first that `state` returns.
    pub fn restate(
        &self,
        properties: &mut Map,
        state: impl Fn(&str) -> Result<String, Refused>,
    ) -> Result<(), Refused> {
        let held: Vec<(String, String)> = properties
            .texts()
            .filter(|(key, value)| self.holds_location(key, value))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        for (key, value) in held {
            properties.set_text(&key, &state(&value)?);
        }
        Ok(())
    }
}
