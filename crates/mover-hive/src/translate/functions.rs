//! Functions: renamed databases, full locations of archives.

use super::Translator;
use crate::locations::Form;
use boatlift_clients::metastore::Function;
use boatlift_core::Side;

/// Creation time.
const FUNCTION_STATE: &[i16] = &[6];
/// The catalog, since Hive 3.
const CATALOG: i16 = 9;
/// The owner. Their type stays: Hive 4 makes no function without one.
const OWNER: &[i16] = &[4];

impl Translator {
    /// The function that shall stand on UPPER, its archives still on LOWER. Paths get LOWER's
    /// namespace; `ivy://` and the like stay as they are.
    #[must_use]
    pub fn function(&self, lower: &Function) -> Function {
        let mut upper = lower.clone();
        upper.set_database(&self.scope.upper_database(lower.database()));
        let owner = if self.config.carry.owners { &[] } else { OWNER };
        for id in FUNCTION_STATE.iter().chain([&CATALOG]).chain(owner) {
            upper.as_raw_mut().take(*id);
        }
        upper.move_resources(|location| {
            let full = self.locations.qualify(Side::Lower, location);
            let is_path = location.starts_with('/');
            full.ok().filter(|_| is_path).unwrap_or_else(|| location.to_owned())
        });
        upper
    }

    /// A function of UPPER whose archives lie on UPPER. What has no counterpart stays.
    #[must_use]
    pub fn adopt_function(&self, upper: &Function) -> Function {
        self.function_in(Form::Stored, upper)
    }

    /// The way back.
    #[must_use]
    pub fn release_function(&self, upper: &Function) -> Function {
        self.function_in(Form::Linked, upper)
    }

    fn function_in(&self, form: Form, upper: &Function) -> Function {
        let mut function = upper.clone();
        function.move_resources(|location| {
            let moved = self.locations.side_of(Side::Upper, location).is_some();
            let stated = self.locations.in_form(form, location).ok();
            stated.filter(|_| moved).unwrap_or_else(|| location.to_owned())
        });
        function
    }
}
