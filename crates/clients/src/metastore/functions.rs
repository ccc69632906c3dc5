//! Permanent functions.

use crate::thrift::Struct;

use super::client::{Metastore, found};
use super::error::MetastoreError;
use super::methods;
use super::objects::Function;

impl Metastore {
    /// All permanent functions of all databases, in the server's order.
    pub fn functions(&mut self) -> Result<Vec<Function>, MetastoreError> {
        let method = methods::GET_ALL_FUNCTIONS;
        if let Some(value) = self.probe(method, Struct::new())? {
            let functions = value.into_struct().and_then(|mut result| result.take(1));
            return match functions {
                None => Ok(Vec::new()),
                functions => self.objects(method, functions, Function::from_raw),
            };
        }
        let mut functions = Vec::new();
        for database in self.database_names()? {
            for name in self.function_names(&database)? {
                functions.extend(self.function(&database, &name)?);
            }
        }
        Ok(functions)
    }

    /// Names of the functions of a database, in order.
    pub fn function_names(&mut self, database: &str) -> Result<Vec<String>, MetastoreError> {
        let arguments = Struct::new().with(1, database).with(2, "*");
        let value = self.call(methods::GET_FUNCTIONS, arguments)?;
        let mut names = self.texts(methods::GET_FUNCTIONS, value)?;
        names.sort_unstable();
        Ok(names)
    }

    /// A function.
    pub fn function(
        &mut self,
        database: &str,
        name: &str,
    ) -> Result<Option<Function>, MetastoreError> {
        let method = methods::GET_FUNCTION;
        let arguments = Struct::new().with(1, database).with(2, name);
        let answer = self.call(method, arguments);
        match found(answer)? {
            None => Ok(None),
            value => self.object(method, value, Function::from_raw).map(Some),
        }
    }

    /// Makes a function. Its class and resources are not looked at.
    pub fn create_function(&mut self, function: &Function) -> Result<(), MetastoreError> {
        let arguments = Struct::new().with(1, function.as_raw().clone());
        self.call_void(methods::CREATE_FUNCTION, arguments)
    }

    /// Removes a function; false if there was none.
    pub fn drop_function(&mut self, database: &str, name: &str) -> Result<bool, MetastoreError> {
        let arguments = Struct::new().with(1, database).with(2, name);
        let dropped = self.call_void(methods::DROP_FUNCTION, arguments);
        Ok(found(dropped)?.is_some())
    }
}
