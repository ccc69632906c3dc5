//! Tables: what there is, and changes to it. No call is repeated.

use std::collections::BTreeMap;

use super::Meta;
use crate::pegasus::error::PegasusError;
use crate::pegasus::rpc;
use crate::pegasus::server::Place;
use crate::pegasus::structs::*;

/// A table to make.
#[derive(Debug, Clone)]
pub struct NewTable {
    /// Its name.
    pub name: String,
    /// Partitions; a power of two where it may be split one day.
    pub partitions: i32,
    /// Copies of each partition.
    pub replicas: i32,
    /// Environment variables from the start. Servers of 2.6 crash on a new table that is made
    /// with `default_ttl`.
    pub envs: BTreeMap<String, String>,
}

impl Meta {
    /// The tables in a state; [`AppStatus::Invalid`] stands for all.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn list_apps(&self, status: AppStatus) -> Result<Vec<AppInfo>, PegasusError> {
        let request = ListAppsRequest { status, app_name_pattern: None, match_type: None };
        Ok(self.call::<rpc::ListApps>(&request).await?.infos)
    }

    /// The table of that name that serves, with its environment variables.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn table(&self, name: &str) -> Result<Option<AppInfo>, PegasusError> {
        let tables = self.list_apps(AppStatus::Available).await?;
        Ok(tables.into_iter().find(|table| table.app_name == name))
    }

    /// The partitions of a table and who serves them; `None` when there is no such table.
    ///
    /// # Errors
    /// When no leader answers.
    pub async fn query_config(
        &self,
        name: &str,
    ) -> Result<Option<QueryConfigResponse>, PegasusError> {
        let request =
            QueryConfigRequest { app_name: name.to_owned(), partition_indices: Vec::new() };
        match self.call::<rpc::QueryConfig>(&request).await {
            Err(error) if error.code() == Some("ERR_OBJECT_NOT_FOUND") => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Makes a table and gives its id. Its partitions have primaries some time later.
    ///
    /// # Errors
    /// `ERR_APP_EXIST` when it exists; others as the leader says.
    pub async fn create_app(&self, table: &NewTable) -> Result<i32, PegasusError> {
        let options = CreateAppOptions {
            partition_count: table.partitions,
            replica_count: table.replicas,
            success_if_exist: false,
            app_type: "pegasus".to_owned(),
            is_stateful: true,
            envs: table.envs.clone(),
            atomic_idempotent: None,
        };
        let request = CreateAppRequest { app_name: table.name.clone(), options };
        Ok(self.call::<rpc::CreateApp>(&request).await?.appid)
    }

    /// Drops a table, which can be recalled for `reserve_seconds`.
    ///
    /// # Errors
    /// `ERR_APP_NOT_EXIST` when there is none; others as the leader says.
    pub async fn drop_app(
        &self,
        name: &str,
        reserve_seconds: Option<i64>,
    ) -> Result<(), PegasusError> {
        let options = DropAppOptions { success_if_not_exist: false, reserve_seconds };
        let request = DropAppRequest { app_name: name.to_owned(), options };
        self.call::<rpc::DropApp>(&request).await.map(drop)
    }

    /// Brings a dropped table back under a name.
    ///
    /// # Errors
    /// As the leader says.
    pub async fn recall_app(&self, app_id: i32, name: &str) -> Result<AppInfo, PegasusError> {
        let request = RecallAppRequest { app_id, new_app_name: name.to_owned() };
        Ok(self.call::<rpc::RecallApp>(&request).await?.info)
    }

    /// Renames a table; servers before 2.5 refuse it with `ERR_HANDLER_NOT_FOUND`.
    ///
    /// # Errors
    /// As the leader says.
    pub async fn rename_app(&self, old: &str, new: &str) -> Result<(), PegasusError> {
        let request =
            RenameAppRequest { old_app_name: old.to_owned(), new_app_name: new.to_owned() };
        self.call::<rpc::RenameApp>(&request).await.map(drop)
    }

    /// The backup of a table that is under way, if the leader that was found last knows of one.
    /// Leaders without a backup service say so in different words: they have none either.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn running_backup(&self, app_id: i32) -> Result<Option<i64>, PegasusError> {
        let request = QueryBackupStatusRequest { app_id, backup_id: None };
        let asked = self.leader().call::<rpc::QueryBackupStatus>(Place::Server, &request).await;
        let items = match asked {
            Ok(answer) if answer.err.is_ok() => answer.backup_items.unwrap_or_default(),
            Ok(_) | Err(PegasusError::Refused { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut running =
            items.iter().filter(|item| item.end_time_ms == 0 && !item.is_backup_failed);
        Ok(running.next().map(|item| item.backup_id))
    }

    /// How many copies of each partition a table may have.
    ///
    /// # Errors
    /// As the leader says.
    pub async fn max_replica_count(&self, name: &str) -> Result<i32, PegasusError> {
        let request = MaxReplicaCountRequest { app_name: name.to_owned() };
        Ok(self.call::<rpc::MaxReplicaCount>(&request).await?.max_replica_count)
    }

    /// Gives environment variables values. Replicas hear of it at their next config sync,
    /// each at its own time.
    ///
    /// # Errors
    /// As the leader says; a table that is not there is `ERR_APP_NOT_EXIST` from 2.6, and
    /// `ERR_INVALID_PARAMETERS` before.
    pub async fn set_envs(&self, name: &str, envs: &[(&str, &str)]) -> Result<(), PegasusError> {
        let (keys, values) =
            envs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).unzip();
        self.update_envs(name, EnvOperation::Set, Some(keys), Some(values), None).await
    }

    /// Takes environment variables out.
    ///
    /// # Errors
    /// As [`Meta::set_envs`].
    pub async fn delete_envs(&self, name: &str, keys: &[&str]) -> Result<(), PegasusError> {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.update_envs(name, EnvOperation::Delete, Some(keys), None, None).await
    }

    /// Takes out the environment variables that begin with a prefix; an empty one takes all.
    ///
    /// # Errors
    /// As [`Meta::set_envs`].
    pub async fn clear_envs(&self, name: &str, prefix: &str) -> Result<(), PegasusError> {
        self.update_envs(name, EnvOperation::Clear, None, None, Some(prefix.to_owned())).await
    }

    async fn update_envs(
        &self,
        name: &str,
        op: EnvOperation,
        keys: Option<Vec<String>>,
        values: Option<Vec<String>>,
        clear_prefix: Option<String>,
    ) -> Result<(), PegasusError> {
        let app_name = name.to_owned();
        let request = UpdateAppEnvRequest { app_name, op, keys, values, clear_prefix };
        self.call::<rpc::UpdateAppEnv>(&request).await.map(drop)
    }
}
