//! One bucket, and the requests that are made to it. Each knows its conditions; none is made
//! twice, beyond what the client itself sends again over a broken wire.

use super::buffers::Buffers;
use super::direct::{Direct, Found};
use super::errors::{Answer, Refusal};
use super::flow::{Flow, Permit, Watch};
use super::options::{Encryption, Grant, S3Options};
use super::state::{Dress, ObjectState, quoted, unquoted};
use super::tags::Tagless;
use super::uploads::Left;
use super::url::S3Url;
use crate::runtime;
use crate::session::Session;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ObjectCannedAcl, RequestPayer, ServerSideEncryption,
    StorageClass,
};
use boatlift_core::{Code, Error, Result};
use bytes::Bytes;
use std::future::Future;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A bucket of one side, with that side's session.
///
/// Its requests are asynchronous; [`Bucket::run`] drives them from a thread that may block.
#[derive(Debug)]
pub struct Bucket {
    pub(crate) client: Client,
    handle: Handle,
    url: S3Url,
    service: String,
    pub(crate) options: S3Options,
    flow: Arc<Flow>,
    /// Buckets of which tags could not be read.
    pub(crate) tagless: Tagless,
    /// Memory for bodies that pass through.
    pub(crate) buffers: Arc<Buffers>,
    /// The way past the SDK.
    pub(crate) direct: Option<Arc<Direct>>,
    /// Where that way leads.
    pub(crate) place: Found,
    /// Records of uploads that were there when the root was first written.
    pub(crate) left: Left,
}

/// A condition on what stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Whatever stands there is replaced.
    None,
    /// Nothing stands there.
    Absent,
    /// What stands there has this entity tag.
    Tag(&'a str),
}

/// Adds to a request for writing what this side's options say.
macro_rules! dressed {
    ($request:expr, $bucket:expr, $dress:expr) => {{
        let (bucket, dress): (&Bucket, &Dress) = ($bucket, $dress);
        $request
            .bucket(bucket.name())
            .set_content_type(dress.content_type.clone())
            .set_content_encoding(dress.content_encoding.clone())
            .set_content_language(dress.content_language.clone())
            .set_content_disposition(dress.content_disposition.clone())
            .set_cache_control(dress.cache_control.clone())
            .set_expires(dress.expires)
            .set_metadata(Some(dress.metadata.clone()).filter(|own| !own.is_empty()))
            .set_acl(bucket.acl())
            .set_storage_class(bucket.storage_class())
            .set_server_side_encryption(bucket.encryption())
            .set_ssekms_key_id(bucket.key_id())
            .set_expected_bucket_owner(bucket.options.expected_bucket_owner.clone())
            .set_request_payer(bucket.payer())
    }};
}
pub(crate) use dressed;

impl Bucket {
    /// Sets up a client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when the options contradict each other.
    pub fn new(url: S3Url, options: &S3Options) -> Result<Bucket> {
        options.check().map_err(|why| {
            Error::new(Code::ConfigValue, "cannot use the options of").on(&url).because(why)
        })?;
        let session = Session::open(&options.session)?;
        let flow = Arc::new(Flow::new(options.requests));
        let config = session.s3().interceptor(Watch(Arc::clone(&flow))).build();
        Ok(Bucket {
            client: Client::from_conf(config),
            handle: runtime::handle()?,
            service: session.service(),
            url,
            options: options.clone(),
            flow,
            tagless: Tagless::default(),
            buffers: Arc::default(),
            direct: Direct::new(&session).map(Arc::new),
            place: Found::new(),
            left: Left::default(),
        })
    }

    /// Another bucket or folder, reached in the same way: one client and one limit for both.
    #[must_use]
    pub fn beside(&self, url: S3Url) -> Bucket {
        Bucket {
            client: self.client.clone(),
            handle: self.handle.clone(),
            url,
            service: self.service.clone(),
            options: self.options.clone(),
            flow: Arc::clone(&self.flow),
            tagless: Tagless::default(),
            buffers: Arc::clone(&self.buffers),
            direct: self.direct.clone(),
            place: Found::new(),
            left: Left::default(),
        }
    }

    /// Drives `work` to its end on this thread, which must be none of a runtime's.
    pub fn run<F: Future>(&self, work: F) -> F::Output {
        self.handle.block_on(work)
    }

    /// Has `work` done on the runtime's own threads and waits for it. For what a lane of
    /// another store may ask of this one in the middle of its own asynchronous work.
    ///
    /// # Panics
    /// When the work does.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.handle.spawn(async move {
            // Whoever asked waits below.
            let _ = sender.send(work.await);
        });
        receiver.recv().expect("work on the runtime ends with an answer")
    }

    /// Begins work that goes on by itself.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.handle.spawn(work)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &S3Url {
        &self.url
    }

    /// What names the service that it is a bucket of.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.url.prefix
    }

    pub(crate) fn name(&self) -> &str {
        &self.url.bucket
    }

    /// Waits until one more request may be in flight.
    pub(crate) async fn enter(&self) -> Permit<'_> {
        self.flow.enter().await
    }

    /// Takes note of an answer's status.
    pub(crate) fn observe(&self, status: u16) {
        self.flow.observe(status);
    }

    pub(crate) fn payer(&self) -> Option<RequestPayer> {
        self.options.requester_pays.then_some(RequestPayer::Requester)
    }

    pub(crate) fn acl(&self) -> Option<ObjectCannedAcl> {
        self.options.acl.map(|grant| match grant {
            Grant::BucketOwnerFullControl => ObjectCannedAcl::BucketOwnerFullControl,
        })
    }

    pub(crate) fn storage_class(&self) -> Option<StorageClass> {
        self.options.storage_class.as_deref().map(StorageClass::from)
    }

    pub(crate) fn encryption(&self) -> Option<ServerSideEncryption> {
        self.options.encryption.as_ref().map(|encryption| match encryption {
            Encryption::S3 => ServerSideEncryption::Aes256,
            Encryption::Kms(_) => ServerSideEncryption::AwsKms,
        })
    }

    pub(crate) fn key_id(&self) -> Option<String> {
        match &self.options.encryption {
            Some(Encryption::Kms(key)) => Some(key.clone()),
            _ => None,
        }
    }

    /// Whether the bucket is there and we are let in.
    pub(crate) async fn check(&self) -> Answer<()> {
        let _permit = self.enter().await;
        let asked = self
            .client
            .list_objects_v2()
            .bucket(&self.url.bucket)
            .prefix(&self.url.prefix)
            .max_keys(1)
            .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
            .set_request_payer(self.payer())
            .send()
            .await;
        asked.map(drop).map_err(Refusal::from)
    }

    /// What stands under `key`, or one version of it; `None` when nothing does.
    ///
    /// # Errors
    /// When the server answers neither. A key that may not be looked at is denied, also
    /// where it is not there, unless the bucket may be listed.
    pub async fn head(&self, key: &str, version: Option<&str>) -> Answer<Option<ObjectState>> {
        let _permit = self.enter().await;
        let asked = self
            .client
            .head_object()
            .bucket(&self.url.bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_checksum_mode(self.options.sends_checksums().then_some(ChecksumMode::Enabled))
            .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
            .set_request_payer(self.payer())
            .send()
            .await;
        match asked.map_err(Refusal::from) {
            Ok(output) => Ok(Some(ObjectState::from(&output))),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Opens the content under `key`, or `range` of it in bytes, last included. `version` and
    /// `tag` pin it.
    pub(crate) async fn get(
        &self,
        key: &str,
        version: Option<&str>,
        tag: Option<&str>,
        range: Option<(u64, u64)>,
    ) -> Answer<GetObjectOutput> {
        let asked = self
            .client
            .get_object()
            .bucket(&self.url.bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_if_match(tag.map(quoted))
            .set_range(range.map(|(first, last)| format!("bytes={first}-{last}")))
            .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
            .set_request_payer(self.payer())
            .send()
            .await;
        asked.map_err(Refusal::from)
    }

    /// The content under `key`, pinned to a version and an entity tag.
    ///
    /// # Errors
    /// When it is not there any more, or cannot be read.
    pub async fn content(&self, key: &str, version: Option<&str>, tag: &str) -> Answer<Bytes> {
        let _permit = self.enter().await;
        let output = self.get(key, version, Some(tag), None).await?;
        let length = output.content_length().and_then(|length| u64::try_from(length).ok());
        let body = output.body.collect().await;
        let body = body.map_err(|error| Refusal::ours(error.to_string()))?.into_bytes();
        match length.is_none_or(|length| body.len() as u64 == length) {
            true => Ok(body),
            false => Err(Refusal::ours("the content ended early")),
        }
    }

    /// Writes an object in one request, and reads it back.
    ///
    /// # Errors
    /// When it cannot be written, or is not what was written.
    pub async fn write(&self, key: &str, dress: &Dress, body: Bytes) -> Answer<ObjectState> {
        self.put(key, dress, None, body.clone(), Condition::None).await?;
        let state = self.head(key, None).await?;
        let state = state.ok_or_else(|| Refusal::ours("what was written is not there"))?;
        let there = self.content(key, None, &state.etag).await?;
        match there == body {
            true => Ok(state),
            false => Err(Refusal::ours("what is there is not what was written")),
        }
    }

    /// Writes an object in one request. Tells its entity tag.
    pub(crate) async fn put(
        &self,
        key: &str,
        dress: &Dress,
        tagging: Option<&str>,
        body: Bytes,
        condition: Condition<'_>,
    ) -> Answer<String> {
        let _permit = self.enter().await;
        let asked = dressed!(self.client.put_object(), self, dress)
            .key(key)
            .set_tagging(tagging.filter(|tags| !tags.is_empty()).map(str::to_owned))
            .set_checksum_algorithm(self.algorithm())
            .set_if_none_match((condition == Condition::Absent).then(|| "*".to_owned()))
            .set_if_match(match condition {
                Condition::Tag(tag) => Some(quoted(tag)),
                _ => None,
            })
            .body(ByteStream::from(body))
            .customize();
        let asked = match self.is_private() {
            true => asked.disable_payload_signing(),
            false => asked,
        };
        let asked = asked.send().await;
        asked.map(|output| unquoted(output.e_tag())).map_err(Refusal::from)
    }

    /// Whether nobody on the way can read or change a body. It then needs no hash under the
    /// signature: TLS guards it, and the checksum tells what the server took in.
    pub(crate) fn is_private(&self) -> bool {
        !self.service.starts_with("http:")
    }

    /// The checksum that goes with what is written.
    pub(crate) fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.options.sends_checksums().then_some(ChecksumAlgorithm::Crc64Nvme)
    }

    /// Removes what stands under `key`, if it has the entity tag `tag`. In a bucket that
    /// keeps versions, a mark of removal is put over it.
    ///
    /// Amazon looks at the condition; a server that does not know it is asked without, after
    /// the caller's own look.
    pub(crate) async fn delete(&self, key: &str, tag: Option<&str>) -> Answer<()> {
        let _permit = self.enter().await;
        let request = |tag: Option<&str>| {
            self.client
                .delete_object()
                .bucket(&self.url.bucket)
                .key(key)
                .set_if_match(tag.map(quoted))
                .set_expected_bucket_owner(self.options.expected_bucket_owner.clone())
                .set_request_payer(self.payer())
                .send()
        };
        let mut asked = request(tag).await.map(drop).map_err(Refusal::from);
        if tag.is_some() && asked.as_ref().is_err_and(Refusal::is_unknown_request) {
            asked = request(None).await.map(drop).map_err(Refusal::from);
        }
        match asked {
            Err(refusal) if refusal.is_missing() => Ok(()),
            answer => answer,
        }
    }
}
