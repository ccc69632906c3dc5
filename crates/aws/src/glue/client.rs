//! The client itself: one catalogue, as one session sees it.

use super::errors::Failure;
use crate::runtime;
use crate::session::Session;
use aws_sdk_glue::Client;
use boatlift_core::Result;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::future::Future;
use tokio::runtime::Handle;

/// Requests of one call of ours that are under way at the same time.
const AT_ONCE: usize = 8;

/// A Data Catalog. Its calls block; they must not be made from inside a task of an
/// asynchronous runtime.
#[derive(Debug, Clone)]
pub struct Glue {
    pub(super) client: Client,
    /// The account whose catalogue it is, where that is not the caller's.
    pub(super) catalog: Option<String>,
    pub(super) runtime: Handle,
    place: String,
}

/// Whether something was made, or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It was made by this call.
    Now,
    /// There was one of that name.
    Before,
}

impl Glue {
    /// The catalogue of the session's account, or of the account `catalog`. Nothing is asked
    /// yet.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(session: &Session, catalog: Option<&str>) -> Result<Glue> {
        let place = [Some(session.service()), Some(session.region().to_owned())];
        let place = place.into_iter().chain([catalog.map(str::to_owned)]).flatten();
        Ok(Glue {
            client: Client::new(session.config()),
            catalog: catalog.map(str::to_owned),
            runtime: runtime::handle()?,
            place: place.collect::<Vec<_>>().join("/"),
        })
    }

    /// What tells this catalogue from others: service, region, account where it is named.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Waits for one request.
    pub(super) fn run<F: Future>(&self, request: F) -> F::Output {
        self.runtime.block_on(request)
    }

    /// Makes a request for each chunk of `all`, a few at a time, and gathers the answers in
    /// the order of the chunks.
    pub(super) fn in_chunks<T, R, F>(
        &self,
        all: &[T],
        most: usize,
        request: impl Fn(Vec<T>) -> F,
    ) -> Result<Vec<R>, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Vec<R>, Failure>>,
    {
        let requests: Vec<F> = all.chunks(most).map(|chunk| request(chunk.to_vec())).collect();
        self.run(async {
            let answers = stream::iter(requests).buffered(AT_ONCE);
            answers
                .try_fold(Vec::new(), |mut all, more| async {
                    all.extend(more);
                    Ok(all)
                })
                .await
        })
    }
}
