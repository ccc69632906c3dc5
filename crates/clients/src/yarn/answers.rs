//! The JSON that a ResourceManager answers with. Unknown fields are left out: later servers
//! add some.

use serde::Deserialize;

/// Without any application, `apps` is null in some versions and an empty object in others.
#[derive(Debug, Deserialize)]
pub(super) struct SomeAnswer {
    pub(super) apps: Option<Apps>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Apps {
    #[serde(default)]
    pub(super) app: Vec<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OneAnswer {
    pub(super) app: App,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) final_status: String,
    /// Percent; an application that just began may have none.
    #[serde(default)]
    pub(super) progress: f64,
    #[serde(default)]
    pub(super) diagnostics: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct StateAnswer {
    #[serde(rename = "state")]
    _state: String,
}
