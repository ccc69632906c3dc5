//! One connection to a metastore, and how its answers are read.

use std::sync::Arc;

use crate::thrift::{Connection, Struct, Value};
use crate::wire::Wire;

use super::capabilities::Capabilities;
use super::error::{Exception, MetastoreError};
use super::methods::Method;
use super::objects::Malformed;

/// One connection to a metastore.
///
/// The verbs are in the files of what they are about: databases, tables, partitions and so
/// on. Reads may be repeated; a failed write says with [`MetastoreError::effect`] whether
/// the server may have acted.
#[derive(Debug)]
pub struct Metastore {
    connection: Connection,
    endpoint: Arc<str>,
    capabilities: Arc<Capabilities>,
}

impl Metastore {
    /// Speaks over `wire`; `endpoint` is for error messages.
    pub fn new(wire: Box<dyn Wire>, endpoint: &str, capabilities: Arc<Capabilities>) -> Self {
        Self { connection: Connection::new(wire), endpoint: endpoint.into(), capabilities }
    }

    /// The URI of the metastore.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What the server turned out not to have.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether an earlier call left the connection useless.
    pub fn is_broken(&self) -> bool {
        self.connection.is_broken()
    }

    /// Calls a method that has a value; `None` when the server does not know the method.
    pub(super) fn probe(
        &mut self,
        method: Method,
        arguments: Struct,
    ) -> Result<Option<Value>, MetastoreError> {
        let Some(mut result) = self.probe_void(method, arguments)? else {
            return Ok(None);
        };
        match result.take(0) {
            Some(value) => Ok(Some(value)),
            None => Err(self.malformed(method, Malformed::Missing("a result"))),
        }
    }

    /// Calls a method; `None` when the server does not know it.
    pub(super) fn probe_void(
        &mut self,
        method: Method,
        arguments: Struct,
    ) -> Result<Option<Struct>, MetastoreError> {
        if self.capabilities.lacks(method.name) {
            return Ok(None);
        }
        let result = match self.connection.call(method.name, arguments) {
            Ok(result) => result,
            Err(error) if error.is_unknown_method() => {
                self.capabilities.remember_lack(method.name);
                return Ok(None);
            }
            Err(error) => {
                let endpoint = self.endpoint.to_string();
                return Err(MetastoreError::Call { endpoint, error });
            }
        };
        self.exceptions(method, &result)?;
        Ok(Some(result))
    }

    fn exceptions(&self, method: Method, result: &Struct) -> Result<(), MetastoreError> {
        for (id, exception) in method.throws {
            if let Some(thrown) = result.structure(*id) {
                let message = words(thrown.string(1).unwrap_or("no message"));
                let exception = exception.unwrapped(&message);
                return Err(self.refused(method, exception, message));
            }
        }
        match result.fields.iter().find(|(id, _)| *id != 0) {
            None => Ok(()),
            Some((id, _)) => Err(self.malformed(method, Malformed::Exception(*id))),
        }
    }

    /// Calls a method that has a value and that every server should know.
    pub(super) fn call(
        &mut self,
        method: Method,
        arguments: Struct,
    ) -> Result<Value, MetastoreError> {
        let value = self.probe(method, arguments)?;
        value.ok_or_else(|| self.lacks(method))
    }

    /// Calls a method without a value that every server should know.
    pub(super) fn call_void(
        &mut self,
        method: Method,
        arguments: Struct,
    ) -> Result<(), MetastoreError> {
        match self.probe_void(method, arguments)? {
            Some(_) => Ok(()),
            None => Err(self.lacks(method)),
        }
    }

    pub(super) fn lacks(&self, method: Method) -> MetastoreError {
        MetastoreError::Lacks { endpoint: self.endpoint.to_string(), call: method.name }
    }

    pub(super) fn refused(
        &self,
        method: Method,
        exception: Exception,
        message: String,
    ) -> MetastoreError {
        MetastoreError::Refused {
            endpoint: self.endpoint.to_string(),
            call: method.name,
            exception,
            message,
        }
    }

    pub(super) fn malformed(&self, method: Method, error: Malformed) -> MetastoreError {
        MetastoreError::Malformed { endpoint: self.endpoint.to_string(), call: method.name, error }
    }

    /// The field of an answer that is a struct around it.
    pub(super) fn first_field(
        &self,
        method: Method,
        value: Value,
    ) -> Result<Value, MetastoreError> {
        let first = value.into_struct().and_then(|mut result| result.take(1));
        first.ok_or_else(|| self.malformed(method, Malformed::Missing("field 1")))
    }

    /// A list of strings.
    pub(super) fn texts(
        &self,
        method: Method,
        value: Value,
    ) -> Result<Vec<String>, MetastoreError> {
        let items = value.into_items().ok_or(Malformed::Type("the result"));
        let texts = items.and_then(|items| {
            let texts = items.into_iter().map(|item| match item {
                Value::Bytes(bytes) => {
                    String::from_utf8(bytes).map_err(|_| Malformed::Text("a name"))
                }
                _ => Err(Malformed::Type("a name")),
            });
            texts.collect()
        });
        texts.map_err(|error| self.malformed(method, error))
    }

    /// A struct made an object.
    pub(super) fn object<T>(
        &self,
        method: Method,
        value: Option<Value>,
        make: impl FnOnce(Struct) -> Result<T, Malformed>,
    ) -> Result<T, MetastoreError> {
        let raw = value.and_then(Value::into_struct).ok_or(Malformed::Type("the result"));
        raw.and_then(make).map_err(|error| self.malformed(method, error))
    }

    /// A list of structs made objects.
    pub(super) fn objects<T>(
        &self,
        method: Method,
        value: Option<Value>,
        mut make: impl FnMut(Struct) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, MetastoreError> {
        let items = value.and_then(Value::into_items).ok_or(Malformed::Type("the result"));
        let objects = items.and_then(|items| {
            let objects = items.into_iter().map(|item| {
                let raw = item.into_struct().ok_or(Malformed::Type("a list's item"))?;
                make(raw)
            });
            objects.collect()
        });
        objects.map_err(|error| self.malformed(method, error))
    }
}

/// A server's message without the frames of its stack traces, which may be most of it.
fn words(message: &str) -> String {
    const LONGEST: usize = 2000;
    let lines = message.lines();
    let lines = lines.filter(|line| !line.starts_with(char::is_whitespace) && !line.is_empty());
    let words: Vec<&str> = lines.collect();
    words.join("; ").chars().take(LONGEST).collect()
}

/// `None` in place of the exception that says that something is not there.
pub(super) fn found<T>(result: Result<T, MetastoreError>) -> Result<Option<T>, MetastoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.exception() == Some(Exception::NoSuchObject) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_frames_are_left_out() {
        let message = "it failed\n\tat a.B.c(B.java:1)\n\t... 3 more\nCaused by: why";
        assert_eq!(words(message), "it failed; Caused by: why");
    }
}
