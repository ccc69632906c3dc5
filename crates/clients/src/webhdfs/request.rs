//! One question and its answer: the NameNode that is active, redirects, exceptions.

use super::answers::RemoteAnswer;
use super::path::{escaped_path, escaped_value};
use super::{WebHdfs, WebHdfsError};
use serde::de::DeserializeOwned;
use ureq::http::{Response, StatusCode, header};

/// The longest answer: a difference between snapshots names every changed item.
const ANSWER_BYTES: u64 = 256 << 20;
/// A NameNode sends a reader to a DataNode, once.
const REDIRECTS: usize = 3;

/// What is done over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Delete,
}

type Answered = Response<ureq::Body>;

impl WebHdfs {
    /// Asks for something that is answered in JSON.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &str,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<T, WebHdfsError> {
        let body = self.tell(verb, path, operation, parameters)?;
        serde_json::from_slice(&body)
            .map_err(|error| WebHdfsError::Malformed { operation, why: error.to_string() })
    }

    /// Asks for something to be done; what is answered is left unread.
    pub(crate) fn tell(
        &self,
        verb: Verb,
        path: &str,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<u8>, WebHdfsError> {
        let mut query = format!("/webhdfs/v1{}?op={operation}", escaped_path(path));
        let user = self.user.as_deref().map(|user| ("user.name", user));
        for (name, value) in parameters.iter().copied().chain(user) {
            query.push_str(&format!("&{name}={}", escaped_value(value)));
        }
        let mut last = None;
        for endpoint in &self.endpoints {
            match self.ask_one(verb, format!("{endpoint}{query}"), path, operation) {
                Err(error) if error.may_be_elsewhere() => last = Some(error),
                answer => return answer,
            }
        }
        Err(last.unwrap_or_else(|| WebHdfsError::Endpoint("no NameNode is given".into())))
    }

    fn ask_one(
        &self,
        verb: Verb,
        url: String,
        path: &str,
        operation: &'static str,
    ) -> Result<Vec<u8>, WebHdfsError> {
        let first = host(&url).unwrap_or_default().to_owned();
        let mut url = url;
        for _ in 0..=REDIRECTS {
            let host = host(&url).unwrap_or_default().to_owned();
            // What authorizes is for the NameNode alone: in its redirect is all that the
            // DataNode has to know.
            let authorization = (host == first).then(|| (self.authorization)(&host)).flatten();
            let failed =
                |source| WebHdfsError::Transport { host: host.clone(), source: Box::new(source) };
            let mut response = self.send(verb, &url, authorization).map_err(failed)?;
            if response.status().is_redirection() {
                url = redirected(&response, operation)?;
                continue;
            }
            let status = response.status();
            let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
            let body = body.map_err(failed)?;
            return match status.is_success() {
                true => Ok(body),
                false => Err(refused(status, &body, (host, path, operation))),
            };
        }
        Err(WebHdfsError::Malformed { operation, why: "it redirects without end".into() })
    }

    fn send(
        &self,
        verb: Verb,
        url: &str,
        authorization: Option<String>,
    ) -> Result<Answered, ureq::Error> {
        macro_rules! authorized {
            ($request:expr) => {
                match authorization {
                    Some(value) => $request.header(header::AUTHORIZATION, value),
                    None => $request,
                }
            };
        }
        match verb {
            Verb::Get => authorized!(self.agent.get(url)).call(),
            Verb::Delete => authorized!(self.agent.delete(url)).call(),
            Verb::Put => authorized!(self.agent.put(url)).send_empty(),
        }
    }
}

/// The host and port of an HTTP address.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:[]".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then_some(host)
}

fn redirected(response: &Answered, operation: &'static str) -> Result<String, WebHdfsError> {
    let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    to.filter(|to| host(to).is_some()).map(str::to_owned).ok_or_else(|| WebHdfsError::Malformed {
        operation,
        why: "it redirects to what is no HTTP address".into(),
    })
}

fn refused(
    status: StatusCode,
    body: &[u8],
    (host, path, operation): (String, &str, &'static str),
) -> WebHdfsError {
    match serde_json::from_slice::<RemoteAnswer>(body) {
        Ok(answer) => WebHdfsError::Remote {
            operation,
            path: path.to_owned(),
            exception: answer.exception.class,
            message: answer.exception.message.lines().next().unwrap_or_default().to_owned(),
        },
        Err(_) => WebHdfsError::Status { host, operation, status: status.as_u16() },
    }
}
