//! YARN's ResourceManager over HTTP: applications by their tags, how far they are, their end.
//!
//! After the ResourceManager REST API of Hadoop 2.4 and later. Applications are submitted by
//! the cluster's own commands; here they are found again, watched and killed.

mod answers;
mod application;
mod error;
#[cfg(test)]
mod tests;

use crate::webhdfs::Authorization;
use answers::{OneAnswer, SomeAnswer, StateAnswer};
pub use application::{Application, ApplicationId, FinalStatus, Stage};
pub use error::YarnError;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;
use ureq::http::{StatusCode, header};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer. An application is some kilobytes; a tag of ours is on a few.
const ANSWER_BYTES: u64 = 16 << 20;
/// A tag is part of an address here, and YARN takes 100 characters of ASCII.
const TAG_LENGTH: usize = 100;

/// A cluster's ResourceManagers. Calls block.
pub struct ResourceManager {
    /// `http://host:port` of each; a standby one redirects, and the next is asked.
    endpoints: Vec<String>,
    user: Option<String>,
    authorization: Authorization,
    agent: ureq::Agent,
}

impl ResourceManager {
    /// A client of the ResourceManagers at `endpoints`, a list like `http://one:8088,http://two:8088`;
    /// for `user` where the cluster is not secured. Nothing is sent yet.
    ///
    /// # Errors
    /// [`YarnError::Endpoint`] when one is no HTTP address.
    pub fn new(endpoints: &str, user: Option<&str>) -> Result<ResourceManager, YarnError> {
        let each = endpoints.split(',').map(|endpoint| endpoint.trim().trim_end_matches('/'));
        let endpoints: Vec<String> = each.map(str::to_owned).collect();
        if let Some(bad) = endpoints.iter().find(|endpoint| !is_address(endpoint)) {
            return Err(YarnError::Endpoint(bad.clone()));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let user = user.map(str::to_owned);
        Ok(ResourceManager { endpoints, user, authorization: Box::new(|_| None), agent })
    }

    /// The same, with an `Authorization` header: SPNEGO on a secured cluster.
    #[must_use]
    pub fn with_authorization(self, authorization: Authorization) -> ResourceManager {
        ResourceManager { authorization, ..self }
    }

    /// The applications that carry `tag` and are still known, the oldest first.
    ///
    /// # Errors
    /// When `tag` is none, or no ResourceManager answers.
    pub fn tagged(&self, tag: &str) -> Result<Vec<Application>, YarnError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if tag.is_empty() || tag.len() > TAG_LENGTH || !tag.chars().all(plain) {
            return Err(YarnError::Tag(tag.to_owned()));
        }
        let answer: SomeAnswer = self.ask(&format!("apps?applicationTags={tag}"))?;
        let listed = answer.apps.map(|apps| apps.app).unwrap_or_default();
        let mut found = Vec::with_capacity(listed.len());
        for app in listed {
            found.push(Application::try_from(app)?);
        }
        found.sort_by_key(|application: &Application| application.id);
        Ok(found)
    }

    /// An application, or `None` when it is forgotten.
    ///
    /// # Errors
    /// When no ResourceManager answers.
    pub fn application(&self, id: &ApplicationId) -> Result<Option<Application>, YarnError> {
        match self.ask::<OneAnswer>(&format!("apps/{id}")) {
            Ok(answer) => Application::try_from(answer.app).map(Some),
            Err(YarnError::Status { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for an application to be killed. It ends some time after; one that has ended
    /// stays as it is.
    ///
    /// # Errors
    /// When no ResourceManager answers, or we may not.
    pub fn kill(&self, id: &ApplicationId) -> Result<(), YarnError> {
        let body = r#"{"state":"KILLED"}"#;
        self.send::<StateAnswer>(&format!("apps/{id}/state"), Some(body)).map(drop)
    }

    fn ask<T: DeserializeOwned>(&self, what: &str) -> Result<T, YarnError> {
        self.send(what, None)
    }

    /// Asks one after the other until one is active.
    fn send<T: DeserializeOwned>(&self, what: &str, put: Option<&str>) -> Result<T, YarnError> {
        let mut last = None;
        for endpoint in &self.endpoints {
            match self.send_to(endpoint, what, put) {
                Err(error) if error.may_be_elsewhere() => last = Some(error),
                answer => return answer,
            }
        }
        Err(last.unwrap_or_else(|| YarnError::Endpoint(String::new())))
    }

    fn send_to<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        what: &str,
        put: Option<&str>,
    ) -> Result<T, YarnError> {
        let url = format!("{endpoint}/ws/v1/cluster/{what}");
        let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
        let authorization = (self.authorization)(host);
        macro_rules! with_headers {
            ($request:expr) => {{
                let request = $request.header(header::ACCEPT, "application/json");
                let request = request.query_pairs(self.user.iter().map(|user| ("user.name", user)));
                match authorization {
                    Some(value) => request.header(header::AUTHORIZATION, value),
                    None => request,
                }
            }};
        }
        let failed = |source: ureq::Error| YarnError::Transport {
            endpoint: endpoint.to_owned(),
            source: Box::new(source),
        };
        let response = match put {
            None => with_headers!(self.agent.get(&url)).call(),
            Some(body) => with_headers!(self.agent.put(&url))
                .header(header::CONTENT_TYPE, "application/json")
                .send(body),
        };
        let mut response = response.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(YarnError::Status { endpoint: endpoint.into(), status: status.as_u16() });
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
        serde_json::from_slice(&body.map_err(failed)?)
            .map_err(|error| YarnError::Malformed(error.to_string()))
    }
}

impl fmt::Debug for ResourceManager {
    /// Without what authorizes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ResourceManager");
        shown.field("endpoints", &self.endpoints).field("user", &self.user).finish_non_exhaustive()
    }
}

fn is_address(endpoint: &str) -> bool {
    let host = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:[]".contains(c);
    host.is_some_and(|host| !host.is_empty() && host.chars().all(plain))
}
