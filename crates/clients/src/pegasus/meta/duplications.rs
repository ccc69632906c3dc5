//! Duplications: made, looked at, changed.

use std::collections::BTreeMap;

use super::Meta;
use crate::pegasus::error::PegasusError;
use crate::pegasus::rpc;
use crate::pegasus::structs::*;

impl Meta {
    /// Makes a duplication. What an answer means for one that exists differs by version: see
    /// [`AddDuplicationResponse`].
    ///
    /// # Errors
    /// As the leader says.
    pub async fn add_duplication(
        &self,
        request: &AddDuplicationRequest,
    ) -> Result<AddDuplicationResponse, PegasusError> {
        self.call::<rpc::AddDuplication>(request).await
    }

    /// The duplications of a table. Their progress proves nothing.
    ///
    /// # Errors
    /// `ERR_APP_NOT_EXIST` when there is no such table; others as the leader says.
    pub async fn query_duplications(
        &self,
        name: &str,
    ) -> Result<Vec<DuplicationEntry>, PegasusError> {
        let request = QueryDuplicationRequest { app_name: name.to_owned() };
        Ok(self.call::<rpc::QueryDuplication>(&request).await?.entry_list)
    }

    /// Pauses, starts or removes a duplication.
    ///
    /// # Errors
    /// `ERR_BUSY` while another change is being stored; others as the leader says.
    pub async fn set_duplication_status(
        &self,
        name: &str,
        dupid: i32,
        status: DuplicationStatus,
    ) -> Result<(), PegasusError> {
        let request = ModifyDuplicationRequest {
            app_name: name.to_owned(),
            dupid,
            status: Some(status),
            fail_mode: None,
        };
        self.call::<rpc::ModifyDuplication>(&request).await.map(drop)
    }

    /// Says what a duplication does with what it cannot ship.
    ///
    /// # Errors
    /// As [`Meta::set_duplication_status`].
    pub async fn set_fail_mode(
        &self,
        name: &str,
        dupid: i32,
        fail_mode: FailMode,
    ) -> Result<(), PegasusError> {
        let request = ModifyDuplicationRequest {
            app_name: name.to_owned(),
            dupid,
            status: None,
            fail_mode: Some(fail_mode),
        };
        self.call::<rpc::ModifyDuplication>(&request).await.map(drop)
    }

    /// The duplications of the tables whose names match; servers before 2.6 refuse it with
    /// `ERR_HANDLER_NOT_FOUND`.
    ///
    /// # Errors
    /// As the leader says.
    pub async fn list_duplications(
        &self,
        pattern: &str,
        match_type: MatchType,
    ) -> Result<BTreeMap<String, AppDuplications>, PegasusError> {
        let request = ListDuplicationRequest { app_name_pattern: pattern.to_owned(), match_type };
        Ok(self.call::<rpc::ListDuplication>(&request).await?.app_states)
    }
}
