//! What every answer of a meta server has.

use crate::pegasus::structs::*;
use crate::pegasus::wire::ErrorCode;

/// An answer that says whether it is one.
pub(super) trait Answer {
    /// The result's name.
    fn code(&self) -> &ErrorCode;

    /// The server's explanation, if it has one.
    fn hint(&self) -> &str {
        ""
    }
}

macro_rules! answers {
    ($($plain:ident),*; $($hinted:ident: $hint:ident),*; $($perhaps:ident: $maybe:ident),*) => {
        $(impl Answer for $plain {
            fn code(&self) -> &ErrorCode {
                &self.err
            }
        })*
        $(impl Answer for $hinted {
            fn code(&self) -> &ErrorCode {
                &self.err
            }

            fn hint(&self) -> &str {
                &self.$hint
            }
        })*
        $(impl Answer for $perhaps {
            fn code(&self) -> &ErrorCode {
                &self.err
            }

            fn hint(&self) -> &str {
                self.$maybe.as_deref().unwrap_or_default()
            }
        })*
    };
}

answers!(
    ClusterInfoResponse, ListNodesResponse, ControlMetaResponse, CreateAppResponse,
    DropAppResponse, RecallAppResponse, QueryConfigResponse, QueryDuplicationResponse,
    ModifyDuplicationResponse;
    UpdateAppEnvResponse: hint_message, ListDuplicationResponse: hint_message,
    MaxReplicaCountResponse: hint_message;
    ListAppsResponse: hint_message, RenameAppResponse: hint_message, AddDuplicationResponse: hint
);
