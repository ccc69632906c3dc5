//! Copies in one request, sent without the layers of the SDK: a copy of many small objects is
//! made of nothing else, and those layers took most of its processor time.
//!
//! Only a plain success counts here. After anything else the same copy, which may be made
//! twice, is asked for through the SDK: it alone knows refusals, redirects, clocks that differ
//! and when to try again. See the decision on copies by ourselves.

mod answer;
mod identity;
mod place;

use super::bucket::Bucket;
use super::copy::Source;
use super::multipart::long;
use super::state::{ObjectState, pinned, quoted};
use crate::session::Session;
use answer::Copied;
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::primitives::SdkBody;
use aws_sigv4::http_request::{SignableBody, SignableRequest, sign};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use identity::Identities;
use place::Place;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;
use tokio::sync::OnceCell;

/// Requests that failed one after the other, until none is sent any more.
const MOST_FAILED: u32 = 64;
/// What we call ourselves.
const AGENT: &str = concat!("boatlift/", env!("CARGO_PKG_VERSION"));

/// A header and its value.
type Header = (&'static str, String);

/// The way to a side's server, past the SDK.
#[derive(Debug)]
pub(crate) struct Direct {
    session: Session,
    connector: OnceLock<Option<Connector>>,
    identities: Identities,
    failed: AtomicU32,
}

/// Where one bucket is, found out with the first copy; `None` when it cannot be reached so.
pub(crate) type Found = OnceCell<Option<Place>>;

impl Direct {
    /// The way of a session. `None` when its requests are not signed.
    pub(crate) fn new(session: &Session) -> Option<Direct> {
        let identities = Identities::of(session.config().credentials_provider()?);
        let session = session.clone();
        Some(Direct { session, connector: OnceLock::new(), identities, failed: 0.into() })
    }

    fn is_open(&self) -> bool {
        self.failed.load(Ordering::Relaxed) < MOST_FAILED
    }

    async fn send(
        &self,
        (place, identity): (&Place, &Identity),
        key: &str,
        headers: &[Header],
    ) -> Option<HttpResponse> {
        let uri = place.uri(key);
        let parameters = place.signing(identity, SystemTime::now())?;
        let plain = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new("PUT", &*uri, plain, SignableBody::Bytes(&[])).ok()?;
        let (signature, _) = sign(signable, &parameters).ok()?.into_parts();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method("PUT").ok()?;
        request.set_uri(uri).ok()?;
        let all = request.headers_mut();
        for (name, value) in headers {
            all.try_insert(*name, value.clone()).ok()?;
        }
        for (name, value) in signature.headers() {
            all.try_insert(name.to_owned(), value.to_owned()).ok()?;
        }
        all.insert("user-agent", AGENT);
        let connector = self.connector.get_or_init(|| self.session.connector(long()).ok());
        connector.as_ref()?.call(request).await.ok()
    }
}

impl Bucket {
    /// Has the server copy `source` in one request, whatever stands under `to`. `None` when
    /// that did not plainly succeed; it may have been made all the same.
    pub(crate) async fn copy_directly(
        &self,
        source: &Source,
        to: &str,
        keeps_tags: bool,
    ) -> Option<ObjectState> {
        let direct = self.direct.as_deref().filter(|direct| direct.is_open())?;
        let place = self.place.get_or_init(|| Place::find(self)).await.as_ref()?;
        let identity = direct.identities.now().await?;
        let headers = self.copy_headers(source, keeps_tags)?;
        let copied = match direct.send((place, &identity), to, &headers).await {
            Some(response) => {
                self.observe(response.status().as_u16());
                Copied::read(response).await
            }
            None => None,
        };
        let Some(copied) = copied else {
            direct.failed.fetch_add(1, Ordering::Relaxed);
            direct.identities.forget();
            return None;
        };
        direct.failed.store(0, Ordering::Relaxed);
        let Copied { etag, version, modified } = copied;
        let size = source.state.size;
        Some(ObjectState { size, etag, version, modified, ..ObjectState::default() })
    }

    /// What the SDK would send, without what only it understands.
    fn copy_headers(&self, source: &Source, keeps_tags: bool) -> Option<Vec<Header>> {
        let text = |text: &str| text.to_owned();
        let owner = self.options.expected_bucket_owner.clone();
        let optional = [
            ("x-amz-tagging-directive", (!keeps_tags).then(|| text("REPLACE"))),
            ("x-amz-acl", self.acl().map(|acl| text(acl.as_str()))),
            ("x-amz-storage-class", self.storage_class().map(|class| text(class.as_str()))),
            ("x-amz-server-side-encryption", self.encryption().map(|rule| text(rule.as_str()))),
            ("x-amz-server-side-encryption-aws-kms-key-id", self.key_id()),
            ("x-amz-source-expected-bucket-owner", source.owner.clone()),
            ("x-amz-expected-bucket-owner", owner),
            ("x-amz-request-payer", self.payer().map(|payer| text(payer.as_str()))),
        ];
        let mut headers = vec![
            ("content-length", text("0")),
            ("x-amz-copy-source", source.header()),
            ("x-amz-copy-source-if-match", quoted(pinned(&source.state).ok()?)),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Some(headers)
    }
}
