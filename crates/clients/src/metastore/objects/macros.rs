//! Getters and setters that all objects have.

/// An object over a struct, checked against its fields.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident, $fields:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(crate::thrift::Struct);

        impl $name {
            /// Checks the fields that have a getter.
            pub fn from_raw(
                raw: crate::thrift::Struct,
            ) -> Result<Self, $crate::metastore::Malformed> {
                super::shape::check(&raw, $fields)?;
                Ok(Self(raw))
            }

            /// All fields.
            pub fn as_raw(&self) -> &crate::thrift::Struct {
                &self.0
            }

            /// All fields, to change those that have no setter.
            pub fn as_raw_mut(&mut self) -> &mut crate::thrift::Struct {
                &mut self.0
            }

            /// All fields, taken out.
            pub fn into_raw(self) -> crate::thrift::Struct {
                self.0
            }
        }
    };
}

/// Texts that must be there.
macro_rules! needed_texts {
    ($($(#[$doc:meta])* $id:literal $get:ident $set:ident;)*) => {$(
        $(#[$doc])*
        pub fn $get(&self) -> &str {
            self.0.string($id).unwrap_or_default()
        }

        #[doc = concat!("Sets [`Self::", stringify!($get), "`].")]
        pub fn $set(&mut self, to: &str) {
            self.0.set($id, to);
        }
    )*};
}

/// Texts that may be absent.
macro_rules! texts {
    ($($(#[$doc:meta])* $id:literal $get:ident $set:ident;)*) => {$(
        $(#[$doc])*
        pub fn $get(&self) -> Option<&str> {
            self.0.string($id)
        }

        #[doc = concat!("Sets [`Self::", stringify!($get), "`], or takes it away.")]
        pub fn $set(&mut self, to: Option<&str>) {
            self.0.set_or_take($id, to);
        }
    )*};
}

/// The map of parameters.
macro_rules! parameters {
    ($id:literal) => {
        /// The parameters, in the server's order.
        pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
            self.0.map($id).into_iter().flat_map(|map| map.texts())
        }

        /// A parameter.
        pub fn parameter(&self, key: &str) -> Option<&str> {
            self.0.map($id)?.text(key)
        }

        /// Gives a parameter a value.
        pub fn set_parameter(&mut self, key: &str, value: &str) {
            self.0.map_mut($id).set_text(key, value);
        }

        /// Takes a parameter away; true if it was there.
        pub fn remove_parameter(&mut self, key: &str) -> bool {
            self.0.map($id).is_some() && self.0.map_mut($id).remove_text(key)
        }
    };
}

pub(super) use {needed_texts, object, parameters, texts};
