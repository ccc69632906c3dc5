//! What a replica server says of its replicas, by call and by remote command.

use std::str::FromStr;

use serde::Deserialize;

use super::error::PegasusError;
use super::rpc;
use super::server::{Place, Server};
use super::structs::{CommandRequest, QueryReplicaInfoRequest, ReplicaInfo};
use super::wire::{Address, CodecError, ErrorCode, Gpid};

/// Which replica a line of a remote command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaPlace {
    /// The partition.
    pub gpid: Gpid,
    /// The server, as it calls itself.
    pub node: String,
    /// `P` for a primary, `S` for a secondary.
    pub role: String,
}

/// Decrees of a replica, all read at the same moment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Progress {
    /// The last that was begun.
    pub max_prepared_decree: i64,
    /// The last that is decided.
    pub last_committed_decree: i64,
    /// The last that is in the storage.
    pub last_applied_decree: i64,
    /// On primaries of tables that are duplicated.
    #[serde(default)]
    pub duplications: Vec<DuplicationProgress>,
}

/// How far a duplication of a partition is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DuplicationProgress {
    /// The duplication.
    pub dupid: i64,
    /// The cluster that it ships to.
    pub remote_cluster_name: String,
    /// The last decree that the other cluster has acknowledged.
    pub replica_confirmed_decree: i64,
    /// The same, as the meta server knows it.
    pub meta_persisted_decree: i64,
}

impl Server {
    /// The replicas that the server holds. `own` is the server's own address, as the list of
    /// nodes has it.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn replicas(&self, own: Address) -> Result<Vec<ReplicaInfo>, PegasusError> {
        let request = QueryReplicaInfoRequest { node1: own, hp_node1: None };
        let answer = self.call::<rpc::QueryReplicaInfo>(Place::Server, &request).await?;
        match answer.err.is_ok() {
            true => Ok(answer.replicas),
            false => Err(self.rejected("RPC_QUERY_REPLICA_INFO", answer.err)),
        }
    }

    /// Runs a remote command and gives what it printed. A command that the server does not
    /// know is answered with text too.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn command(&self, name: &str, words: &[&str]) -> Result<String, PegasusError> {
        let arguments = words.iter().map(|word| (*word).to_owned()).collect();
        let request = CommandRequest { cmd: name.to_owned(), arguments };
        self.call::<rpc::Command>(Place::Server, &request).await
    }

    /// Decrees of the replicas of a table that the server holds; from 2.6.
    ///
    /// # Errors
    /// When the server does not answer, or not with decrees, as older ones do not.
    pub async fn progress(
        &self,
        app_id: i32,
    ) -> Result<Vec<(ReplicaPlace, Progress)>, PegasusError> {
        let said = self.command("replica.query-progress", &[&app_id.to_string()]).await?;
        read_progress(&said).ok_or_else(|| PegasusError::Malformed {
            call: "replica.query-progress".to_owned(),
            server: self.endpoint().clone(),
            error: CodecError::Frame("the text holds no decrees of replicas"),
        })
    }

    fn rejected(&self, call: &str, code: ErrorCode) -> PegasusError {
        let (call, server) = (call.to_owned(), self.endpoint().clone());
        PegasusError::Rejected { call, server, code, hint: String::new() }
    }
}

/// Reads `N processed, M not found` and then, for each replica, `place : {json}`.
fn read_progress(said: &str) -> Option<Vec<(ReplicaPlace, Progress)>> {
    let (summary, mut rest) = said.split_once('\n').unwrap_or((said, ""));
    summary.contains(" processed, ").then_some(())?;
    let mut replicas = Vec::new();
    while let Some((place, after)) = rest.split_once(" : ") {
        let mut values = serde_json::Deserializer::from_str(after).into_iter();
        let progress = values.next()?.ok()?;
        rest = &after[values.byte_offset()..];
        replicas.push((place.trim().parse().ok()?, progress));
    }
    rest.trim().is_empty().then_some(replicas)
}

impl FromStr for ReplicaPlace {
    type Err = CodecError;

    /// Reads `app.partition@host:port@role`.
    fn from_str(text: &str) -> Result<Self, CodecError> {
        let read = || {
            let (gpid, rest) = text.split_once('@')?;
            let (app_id, partition_index) = gpid.split_once('.')?;
            let (node, role) = rest.rsplit_once('@')?;
            let (app_id, partition_index) = (app_id.parse().ok()?, partition_index.parse().ok()?);
            let gpid = Gpid { app_id, partition_index };
            Some(Self { gpid, node: node.to_owned(), role: role.to_owned() })
        };
        read().ok_or(CodecError::Frame("the text names no replica"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_progress_is_read() {
        let recorded = include_str!("../../tests/pegasus/recorded/2.6.0.jsonl");
        let line = recorded.lines().find(|line| line.contains(r#""cli_query_progress""#));
        let call: serde_json::Value = serde_json::from_str(line.expect("recorded")).expect("JSON");
        let said = call["response"].as_str().expect("text");
        let replicas = read_progress(said).expect("decrees");
        assert_eq!(replicas.len(), 9);
        let (place, progress) = &replicas[1];
        assert_eq!((place.gpid.to_string().as_str(), place.role.as_str()), ("1.1", "P"));
        assert_eq!(place.node, "localhost:44801");
        assert_eq!((progress.max_prepared_decree, progress.last_committed_decree), (4, 4));
        let duplicated = replicas.iter().filter(|(_, progress)| !progress.duplications.is_empty());
        let roles: Vec<_> = duplicated.map(|(place, _)| place.role.as_str()).collect();
        assert!(!roles.is_empty() && roles.iter().all(|role| *role == "P"), "{roles:?}");
        assert_eq!(read_progress("unknown command 'replica.query-progress'"), None);
    }
}
