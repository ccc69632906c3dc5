//! Grants that the metastore stores. Ranger, Sentry and storage-based authorisation keep
//! theirs elsewhere.

use crate::thrift::{Struct, Value};

use super::client::Metastore;
use super::error::MetastoreError;
use super::methods;
use super::objects::{Grant, ObjectReference};

impl Metastore {
    /// All grants on an object, whoever has them.
    pub fn grants(&mut self, on: ObjectReference<'_>) -> Result<Vec<Grant>, MetastoreError> {
        let method = methods::LIST_PRIVILEGES;
        let value = self.call(method, Struct::new().with(3, on.to_raw()))?;
        self.objects(method, Some(value), Grant::from_raw)
    }

    /// Grants privileges, all or none.
    pub fn grant(&mut self, grants: &[Grant]) -> Result<(), MetastoreError> {
        let raw = grants.iter().map(|grant| grant.as_raw().clone());
        let bag = Struct::new().with(1, Value::structs(raw));
        let arguments = Struct::new().with(1, bag);
        self.call(methods::GRANT_PRIVILEGES, arguments).map(drop)
    }

    /// Names of all roles, in order.
    pub fn role_names(&mut self) -> Result<Vec<String>, MetastoreError> {
        let value = self.call(methods::GET_ROLE_NAMES, Struct::new())?;
        let mut names = self.texts(methods::GET_ROLE_NAMES, value)?;
        names.sort_unstable();
        Ok(names)
    }
}
