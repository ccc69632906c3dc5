//! The meta servers of a cluster: the one that leads is found, and asked.
//!
//! A call goes on to the next server only when the one before cannot have acted on it.
//! A meta-proxy is asked in the same way; it answers [`Meta::query_config`] alone.

mod answer;
mod duplications;
mod tables;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use self::answer::Answer;
use super::error::PegasusError;
use super::rpc::{self, Rpc};
use super::server::{Options, Place, Server};
use super::structs::*;
use crate::wire::Endpoint;

pub use tables::NewTable;

/// Between two rounds in which no server led.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(200);

/// The meta servers of one cluster.
#[derive(Debug)]
pub struct Meta {
    servers: Vec<Server>,
    /// Index of the server that led last.
    leader: AtomicUsize,
    patience: Duration,
}

impl Meta {
    /// The meta servers at these places; there must be one.
    ///
    /// # Panics
    /// When there is none.
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>, options: &Options) -> Self {
        let servers: Vec<_> =
            endpoints.into_iter().map(|at| Server::new(at, options.clone())).collect();
        assert!(!servers.is_empty(), "a cluster has a meta server");
        Self { servers, leader: AtomicUsize::new(0), patience: options.call_timeout }
    }

    /// The servers, for what each says of itself.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The server that led last.
    pub fn leader(&self) -> &Server {
        &self.servers[self.leader.load(Ordering::Relaxed) % self.servers.len()]
    }

    /// The cluster in keys and values, such as `cluster_name` and `meta_function_level`.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn cluster_info(&self) -> Result<BTreeMap<String, String>, PegasusError> {
        let answer = self.call::<rpc::ClusterInfo>(&ClusterInfoRequest {}).await?;
        Ok(answer.keys.into_iter().zip(answer.values).collect())
    }

    /// The replica servers.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn list_nodes(&self, status: NodeStatus) -> Result<Vec<NodeInfo>, PegasusError> {
        Ok(self.call::<rpc::ListNodes>(&ListNodesRequest { status }).await?.infos)
    }

    /// Sets how much the leader moves replicas about, and tells how much it did before.
    /// [`MetaLevel::Read`] only tells.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn control(&self, level: MetaLevel) -> Result<MetaLevel, PegasusError> {
        Ok(self.call::<rpc::ControlMeta>(&ControlMetaRequest { level }).await?.old_level)
    }

    /// Asks the leader.
    ///
    /// # Errors
    /// When nobody leads for as long as one call may take, when the leader does not answer,
    /// or when it says anything but `ERR_OK`.
    async fn call<C: Rpc>(&self, request: &C::Request) -> Result<C::Response, PegasusError>
    where
        C::Response: Answer,
    {
        let give_up = Instant::now() + self.patience;
        loop {
            let mut last = None;
            let first = self.leader.load(Ordering::Relaxed);
            for at in (first..first + self.servers.len()).map(|at| at % self.servers.len()) {
                let answer = self.servers[at].call::<C>(Place::Server, request).await;
                match answer.and_then(|answer| self.checked::<C>(at, answer)) {
                    Err(error) if error.is_elsewhere() => last = Some(error),
                    Err(error @ (PegasusError::Timeout { .. } | PegasusError::Lost { .. })) => {
                        self.leader.store(at + 1, Ordering::Relaxed);
                        return Err(error);
                    }
                    answer => {
                        self.leader.store(at, Ordering::Relaxed);
                        return answer;
                    }
                }
            }
            match last {
                Some(last) if Instant::now() + BETWEEN_ROUNDS >= give_up => {
                    return Err(self.nobody_leads(C::NAME, last));
                }
                _ => sleep(BETWEEN_ROUNDS).await,
            }
        }
    }

    fn checked<C: Rpc>(&self, at: usize, answer: C::Response) -> Result<C::Response, PegasusError>
    where
        C::Response: Answer,
    {
        match answer.code().is_ok() {
            true => Ok(answer),
            false => Err(PegasusError::Rejected {
                call: C::NAME.to_owned(),
                server: self.servers[at].endpoint().clone(),
                code: answer.code().clone(),
                hint: answer.hint().to_owned(),
            }),
        }
    }

    fn nobody_leads(&self, call: &str, last: PegasusError) -> PegasusError {
        let servers = self.servers.iter().map(|server| server.endpoint().to_string());
        let servers = servers.collect::<Vec<_>>().join(", ");
        PegasusError::NoLeader { call: call.to_owned(), servers, last: Box::new(last) }
    }
}
