//! The routes of the API: `GET /v1/status`, `GET /v1/items`, `POST /v1/commands`.

use crate::problem::Problem;
use crate::server::{Peer, Served};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use boatlift_core::command::Signed;
use boatlift_core::event::Note;
use boatlift_core::{Code, Error};
use boatlift_engine::status::Status;
use serde::Deserialize;
use std::sync::Arc;

type Answer<T> = Result<T, Problem>;

/// The whole API.
pub(crate) fn router(served: Arc<Served>) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/items", get(items))
        .route("/v1/commands", post(command))
        .fallback(unknown)
        .with_state(served)
}

async fn status(State(served): State<Arc<Served>>) -> Answer<Json<Status>> {
    Ok(Json(blocking(move || served.control.status()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Only items in this state: `failed`, `skipped`, `moving` or `vanished`.
    state: Option<String>,
}

async fn items(
    State(served): State<Arc<Served>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Answer<Json<Vec<Note>>> {
    let Query(asked) = asked.map_err(|reason| malformed("query", &reason))?;
    Ok(Json(blocking(move || served.items(asked.state.as_deref())).await?))
}

async fn command(
    State(served): State<Arc<Served>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    signed: Result<Json<Signed>, JsonRejection>,
) -> Answer<StatusCode> {
    peer.may_command()?;
    let Json(signed) = signed.map_err(|reason| malformed("command", &reason))?;
    blocking(move || served.control.command(signed)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What reads or writes the journal waits for a disk, and so has its own thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> boatlift_core::Result<T> + Send + 'static,
) -> Answer<T> {
    let broken = |reason| Error::new(Code::Bug, "cannot answer").because(reason);
    Ok(tokio::task::spawn_blocking(work).await.map_err(broken)??)
}

async fn unknown(uri: axum::http::Uri) -> Problem {
    Error::new(Code::Usage, "cannot answer").on(uri.path()).because("there is no such route").into()
}

fn malformed(what: &str, reason: &dyn std::fmt::Display) -> Problem {
    Error::new(Code::Usage, "cannot read").on(what).because(reason).into()
}
