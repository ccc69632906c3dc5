//! Calls about the server and who speaks to it.

use crate::thrift::{Struct, Value};

use super::client::Metastore;
use super::error::MetastoreError;
use super::methods;
use super::objects::Malformed;

impl Metastore {
    /// Says in whose name an unsecured server shall act. Without it the server makes
    /// directories as the user it runs as.
    pub fn set_user(&mut self, user: &str, groups: &[String]) -> Result<(), MetastoreError> {
        let arguments = Struct::new().with(1, user).with(2, Value::strings(groups));
        self.call(methods::SET_UGI, arguments).map(drop)
    }

    /// What the server says its version is: for people, not for decisions.
    pub fn version(&mut self) -> Result<String, MetastoreError> {
        let value = self.call(methods::GET_VERSION, Struct::new())?;
        self.text(methods::GET_VERSION, &value)
    }

    /// A setting of the server; `otherwise` when it has none.
    ///
    /// Only names that begin with `hive`, `mapred`, `hdfs` or, since Hive 3, `metastore` are
    /// public.
    pub fn setting(&mut self, name: &str, otherwise: &str) -> Result<String, MetastoreError> {
        let arguments = Struct::new().with(1, name).with(2, otherwise);
        let value = self.call(methods::GET_CONFIG_VALUE, arguments)?;
        self.text(methods::GET_CONFIG_VALUE, &value)
    }

    /// A delegation token of `owner` that `renewer` may renew, in its URL-safe form. It is
    /// a secret.
    pub fn delegation_token(
        &mut self,
        owner: &str,
        renewer: &str,
    ) -> Result<String, MetastoreError> {
        let arguments = Struct::new().with(1, owner).with(2, renewer);
        let value = self.call(methods::GET_DELEGATION_TOKEN, arguments)?;
        self.text(methods::GET_DELEGATION_TOKEN, &value)
    }

    fn text(&self, method: methods::Method, value: &Value) -> Result<String, MetastoreError> {
        let text = value.as_str().ok_or(Malformed::Type("the result"));
        text.map(str::to_owned).map_err(|error| self.malformed(method, error))
    }
}
