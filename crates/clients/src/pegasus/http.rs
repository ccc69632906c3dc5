//! What servers say over HTTP, on the port of their calls.
//!
//! Every question has a stream of its own. No redirect is followed: meta servers of 2.6 that do
//! not lead redirect, and those of 2.5 answer from an empty state instead; ask the leader.

use std::collections::BTreeMap;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::timeout;

use super::error::PegasusError;
use super::server::Server;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;
/// How much of a refusal is shown, in characters.
const SHOWN: usize = 500;

/// A server's version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Version {
    /// Such as `2.5.0`.
    pub version: String,
    /// The commit that it was built from.
    pub git_commit: String,
}

/// What a primary has not shipped yet, read when it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Backlog {
    /// Whether the primary ships at all.
    pub duplicating: bool,
    /// Mutations that the meta server does not know to be shipped.
    #[serde(rename = "not_confirmed_mutations_num")]
    pub not_confirmed: i64,
    /// Committed mutations that the other cluster has not acknowledged. On 2.5 it never
    /// falls to 0.
    #[serde(rename = "not_duplicated_mutations_num")]
    pub not_duplicated: i64,
    /// `FAIL_SLOW`, `FAIL_SKIP` or `FAIL_FAST`.
    pub fail_mode: String,
    /// The table on the other cluster; from 2.6.
    pub remote_app_name: Option<String>,
}

/// A setting of a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Flag {
    /// Its value.
    pub value: String,
    /// Such as `flag_tag::FT_MUTABLE`.
    pub tags: String,
}

#[derive(Deserialize)]
struct DataVersion {
    data_version: String,
}

#[derive(Deserialize)]
struct Update {
    update_status: String,
}

impl Server {
    /// The server's version.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn version(&self) -> Result<Version, PegasusError> {
        self.json("/version").await
    }

    /// The data version of each of a table's partitions that the server holds; none when it
    /// holds none.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn data_versions(&self, app_id: i32) -> Result<BTreeMap<u32, String>, PegasusError> {
        let path = format!("/replica/data_version?app_id={app_id}");
        let versions: BTreeMap<u32, DataVersion> = self.json_or_nothing(&path).await?;
        Ok(versions.into_iter().map(|(index, version)| (index, version.data_version)).collect())
    }

    /// What the server's primaries of a table have not shipped: by dupid, then by partition as
    /// `app.partition`. None when no duplication is known to the server.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn backlogs(
        &self,
        app_id: i32,
    ) -> Result<BTreeMap<i32, BTreeMap<String, Backlog>>, PegasusError> {
        self.json_or_nothing(&format!("/replica/duplication?appid={app_id}")).await
    }

    /// A setting of the server. That it changed does not mean that it is in force.
    ///
    /// # Errors
    /// When there is no such setting, or the server does not say.
    pub async fn flag(&self, name: &str) -> Result<Flag, PegasusError> {
        self.json(&format!("/config?name={}", quoted(name))).await
    }

    /// Changes a setting until the server restarts. 2.6 says yes to a new
    /// `config_sync_interval_ms` and goes on with the old one: measure.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn update_flag(&self, name: &str, value: &str) -> Result<(), PegasusError> {
        let path = format!("/updateConfig?{}={}", quoted(name), quoted(value));
        let update: Update = self.json(&path).await?;
        match update.update_status.as_str() {
            "ERR_OK" => Ok(()),
            refusal => Err(self.http_failed(&path, format!("it said {refusal}"))),
        }
    }

    /// Metrics as JSON, for a query such as `types=replica&metrics=dup_recent_lost_mutations`;
    /// `None` from servers before 2.6, which have [`Server::perf_counter`].
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn metrics(&self, query: &str) -> Result<Option<Value>, PegasusError> {
        match self.json(&format!("/metrics?{query}")).await {
            Err(PegasusError::Status { status: 404, .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// A counter by its whole name, as JSON; `None` from servers that have no such counter.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn perf_counter(&self, name: &str) -> Result<Option<Value>, PegasusError> {
        match self.json(&format!("/perfCounter?name={}", quoted(name))).await {
            Err(PegasusError::Status { status: 404, .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    async fn json_or_nothing<T: DeserializeOwned + Default>(
        &self,
        path: &str,
    ) -> Result<T, PegasusError> {
        match self.json(path).await {
            Err(PegasusError::Status { status: 404, .. }) => Ok(T::default()),
            answer => answer,
        }
    }

    async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, PegasusError> {
        let body = self.get(path).await?;
        serde_json::from_slice(&body).map_err(|error| self.http_failed(path, error.to_string()))
    }

    /// Asks for a path and its query, and gives the body.
    ///
    /// # Errors
    /// When there is no answer of status 200 in time.
    pub async fn get(&self, path: &str) -> Result<Bytes, PegasusError> {
        let limit = self.options().call_timeout;
        let (status, body) = timeout(limit, self.fetch(path)).await.map_err(|_| {
            let call = format!("GET {path}");
            PegasusError::Timeout { call, server: self.endpoint().clone(), after: limit }
        })??;
        match status {
            200 => Ok(body),
            status => Err(PegasusError::Status {
                server: self.endpoint().clone(),
                path: path.to_owned(),
                status,
                body: String::from_utf8_lossy(&body).chars().take(SHOWN).collect(),
            }),
        }
    }

    async fn fetch(&self, path: &str) -> Result<(u16, Bytes), PegasusError> {
        let stream = self.dial(&format!("GET {path}")).await?;
        let failed = |error: hyper::Error| self.http_failed(path, error.to_string());
        let (mut sender, stream) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let request = Request::get(path).header("Host", self.endpoint().to_string());
        let request = request.body(Empty::<Bytes>::new());
        let request = request.map_err(|error| self.http_failed(path, error.to_string()))?;
        let answer = async {
            let answer = sender.send_request(request).await.map_err(failed)?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| self.http_failed(path, error.to_string()))?;
            Ok((status, body.to_bytes()))
        };
        // The stream is served for as long as the answer is awaited, and closed with it.
        let serving = async {
            let _ = stream.await;
            std::future::pending().await
        };
        tokio::select! { answer = answer => answer, never = serving => never }
    }

    fn http_failed(&self, path: &str, reason: String) -> PegasusError {
        PegasusError::Http { server: self.endpoint().clone(), path: path.to_owned(), reason }
    }
}

/// Text as part of a query.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*@~".contains(&byte);
    let bytes = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}
