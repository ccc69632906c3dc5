//! Redshift's Data API: SQL over HTTPS, without a connection to the database.
//!
//! A statement is handed in, watched until it has ended, and its result read page by page.
//! The service keeps a result for 24 hours and at most 100 MB of it: statements are to be
//! small (see <https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>).

mod watch;

use crate::calls::failed;
use crate::runtime;
use crate::session::Session;
use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::error::ProvideErrorMetadata;
use aws_sdk_redshiftdata::types::Field;
use boatlift_core::{Code, Error, Result, Retry};

/// What the service says of a statement or result that it does not keep any more.
const GONE: &str = "ResourceNotFoundException";

/// Whose database, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataTarget {
    /// Where the database is.
    pub warehouse: Warehouse,
    /// Its name.
    pub database: String,
    /// As whom statements run.
    pub login: DataLogin,
}

/// A cluster or a workgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warehouse {
    /// A provisioned cluster's identifier.
    Cluster(String),
    /// A serverless workgroup's name.
    Workgroup(String),
}

/// As whom statements run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataLogin {
    /// A user of a cluster's database; needs the right `redshift:GetClusterCredentials`.
    User(String),
    /// The caller's own identity.
    Identity,
    /// The login that this secret of Secrets Manager holds.
    Secret(String),
}

/// A cell as text; nothing where it is NULL.
pub type Cell = Option<String>;

/// A client of the Data API for one database.
#[derive(Debug, Clone)]
pub struct DataApi {
    client: Client,
    target: DataTarget,
}

impl DataApi {
    /// Prepares a client. Nothing is asked yet.
    #[must_use]
    pub fn new(session: &Session, target: DataTarget) -> DataApi {
        DataApi { client: Client::new(session.config()), target }
    }

    /// Runs one statement and hands out the rows of its result.
    ///
    /// Blocks; it must not be called from inside a task of an asynchronous runtime.
    ///
    /// # Errors
    /// [`Code::ServerFailed`] with the database's words when the statement failed or was
    /// aborted, or when the answer has another form; [`Code::ServerRefused`],
    /// [`Code::ServerUnreachable`]; the first error of `each`.
    pub fn query(&self, sql: &str, each: &mut dyn FnMut(Vec<Cell>) -> Result<()>) -> Result<()> {
        let handle = runtime::handle()?;
        let id = handle.block_on(self.execute(sql))?;
        if !handle.block_on(self.ended(&id))? {
            return Ok(());
        }
        let mut next = None;
        loop {
            let page = handle.block_on(self.page(&id, next.take()))?;
            for record in page.records {
                each(record.into_iter().map(cell).collect::<Result<_>>()?)?;
            }
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(token) => next = Some(token),
                None => return Ok(()),
            }
        }
    }

    async fn execute(&self, sql: &str) -> Result<String> {
        let mut call = self.client.execute_statement().sql(sql).database(&self.target.database);
        call = match &self.target.warehouse {
            Warehouse::Cluster(cluster) => call.cluster_identifier(cluster),
            Warehouse::Workgroup(workgroup) => call.workgroup_name(workgroup),
        };
        call = match &self.target.login {
            DataLogin::User(user) => call.db_user(user),
            DataLogin::Identity => call,
            DataLogin::Secret(secret) => call.secret_arn(secret),
        };
        let answer = call.send().await;
        let answer = answer.map_err(|e| failed("cannot run a statement on", &self.name(), e))?;
        answer.id.ok_or_else(|| self.strange("a statement without an id"))
    }

    async fn page(
        &self,
        id: &str,
        token: Option<String>,
    ) -> Result<aws_sdk_redshiftdata::operation::get_statement_result::GetStatementResultOutput>
    {
        let call = self.client.get_statement_result().id(id).set_next_token(token);
        let answer = call.send().await;
        answer.map_err(|error| {
            let is_gone = error.code() == Some(GONE);
            let failed = failed("cannot read a result from", &self.name(), error);
            match is_gone {
                // The statement can be run again.
                true => failed
                    .because("the service has it no more: it keeps results for 24 hours")
                    .retry(Retry::Later),
                false => failed,
            }
        })
    }

    /// What errors call the target.
    fn name(&self) -> String {
        let database = &self.target.database;
        match &self.target.warehouse {
            Warehouse::Cluster(cluster) => format!("database {database} of cluster {cluster}"),
            Warehouse::Workgroup(group) => format!("database {database} of workgroup {group}"),
        }
    }

    fn strange(&self, why: &str) -> Error {
        Error::new(Code::ServerFailed, "cannot use the answer of").on(self.name()).because(why)
    }
}

fn cell(field: Field) -> Result<Cell> {
    Ok(match field {
        Field::IsNull(_) => None,
        Field::StringValue(text) => Some(text),
        Field::LongValue(number) => Some(number.to_string()),
        Field::DoubleValue(number) => Some(number.to_string()),
        Field::BooleanValue(truth) => Some(if truth { "t" } else { "f" }.to_owned()),
        _ => {
            let why = "a cell is neither text, number nor truth";
            return Err(Error::new(Code::ServerFailed, "cannot read a result").because(why));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_text_as_the_wire_has_it() {
        for (field, text) in [
            (Field::IsNull(true), None),
            (Field::StringValue(String::new()), Some("")),
            (Field::LongValue(-7), Some("-7")),
            (Field::DoubleValue(0.5), Some("0.5")),
            (Field::BooleanValue(true), Some("t")),
        ] {
            assert_eq!(cell(field).expect("a cell").as_deref(), text);
        }
        assert!(cell(Field::BlobValue(aws_sdk_redshiftdata::primitives::Blob::new("x"))).is_err());
    }
}
