//! Functions.

use crate::thrift::{Kind, Struct, Value};

use super::macros::{needed_texts, object, texts};
use super::privilege::PrincipalKind;
use super::shape::{Field, Shape};

const FIELDS: &[Field] = &[
    Field::needed(1, "a function's name", Shape::Text),
    Field::needed(2, "a function's database", Shape::Text),
    Field::free(3, "a function's class", Shape::Text),
    Field::free(4, "a function's owner", Shape::Text),
    Field::free(5, "a function's owner's type", Shape::Plain(Kind::I32)),
    Field::free(8, "a function's resources", Shape::Many(RESOURCE)),
];

const RESOURCE: &[Field] = &[
    Field::free(1, "a resource's type", Shape::Plain(Kind::I32)),
    Field::free(2, "a resource's location", Shape::Text),
];

object!(
    /// A permanent function.
    Function,
    FIELDS
);

impl Function {
    /// A function in Java, owned by a user.
    pub fn new(database: &str, name: &str, class: &str, owner: &str) -> Self {
        let raw = Struct::new()
            .with(1, name)
            .with(2, database)
            .with(3, class)
            .with(4, owner)
            .with(5, PrincipalKind::User.number())
            .with(6, 0)
            .with(7, 1)
            .with(8, Value::structs([]));
        Self(raw)
    }

    needed_texts! {
        /// The name.
        1 name set_name;
        /// The database.
        2 database set_database;
    }

    texts! {
        /// The class that implements it.
        3 class set_class;
        /// The owner's name.
        4 owner set_owner;
    }

    /// Locations of the archives and files that it needs, as URIs.
    pub fn resources(&self) -> Vec<&str> {
        let resources = self.0.items(8).unwrap_or_default().iter();
        resources.filter_map(|resource| resource.as_struct()?.string(2)).collect()
    }

    /// Gives every location the URI that `place` answers.
    pub fn move_resources(&mut self, mut place: impl FnMut(&str) -> String) {
        let Some(Value::List(list)) = self.0.get_mut(8) else {
            return;
        };
        for resource in &mut list.items {
            if let Value::Struct(raw) = resource
                && let Some(old) = raw.string(2)
            {
                let new = place(old);
                raw.set(2, new);
            }
        }
    }
}
