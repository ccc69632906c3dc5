//! A bucket, or a folder of one, as a store, and the lane between two of them.
//!
//! Requests go over S3's own protocol, to Amazon or to any server that speaks it. An object
//! is written whole or not at all, and the server answers when it holds it: nothing is held
//! back on our side, and there are no temporary names.
//!
//! Nothing outside the root is touched: every key is the prefix with a checked key behind it.
//! No inventory lists our own names.

mod bucket;
mod buffers;
mod copy;
mod direct;
mod errors;
mod facts;
mod flow;
mod folder;
mod lane;
mod list;
mod listing;
mod look;
mod mark;
mod multipart;
mod names;
mod options;
mod origin;
mod remove;
mod state;
mod stream;
mod tags;
mod uploads;
mod url;
mod versions;
mod words;

pub use bucket::{Bucket, Condition};
pub use copy::Source;
pub use errors::{Answer, Refusal};
pub use list::{ListPage, Listed as ListedObject};
pub use names::Form;
pub use options::{Encryption, Grant, S3Options, Tags};
pub use origin::{Origin, Origins};
pub use state::{Algorithm, Checksum, Dress, ObjectState};
pub use url::S3Url;
pub use versions::Version;

use boatlift_core::store::{Content, Detail, ListRequest, Listing, RootFacts};
use boatlift_core::{
    Code, Digest, Error, Facets, FacetsRef, Key, Lane, Outcome, Page, Result, Store,
};
use errors::failed;
use lane::S3Lane;
use origin::SameKey;
use std::any::Any;
use std::io::Read;
use std::sync::Arc;

/// A bucket or a folder of one.
///
/// Its calls block; they must not be made from inside a task of an asynchronous runtime.
/// Movers that copy single versions use [`S3Store::bucket`].
#[derive(Debug)]
pub struct S3Store {
    bucket: Arc<Bucket>,
    form: Form,
}

impl S3Store {
    /// Opens the root that `url` names.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when there is no such bucket, [`Code::ServerUnreachable`] when
    /// no server answers, [`Code::S3Region`] when the bucket is in another region,
    /// [`Code::S3Credentials`] when the credentials do not hold.
    pub fn open(url: &S3Url, options: &S3Options, form: Form) -> Result<Arc<S3Store>> {
        let bucket = Bucket::new(url.clone(), options)?;
        facts::check(&bucket)?;
        Ok(Arc::new(S3Store { bucket: Arc::new(bucket), form }))
    }

    /// Opens a folder of a tree that must be there, over a client that is there already.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when there is no such folder, else as [`S3Store::open`].
    pub fn open_folder(bucket: Bucket) -> Result<Arc<S3Store>> {
        folder::check(&bucket)?;
        Ok(Arc::new(S3Store { bucket: Arc::new(bucket), form: Form::Tree }))
    }

    /// Makes a folder, unless it is there; those above it need not be.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when there is no such bucket, [`Code::RootUnwritable`] when it may
    /// not be written, else as [`S3Store::open`].
    pub fn make_folder(bucket: &Bucket) -> Result<()> {
        folder::make(bucket)
    }

    /// The lane into this store of objects that a mover finds for each key.
    #[must_use]
    pub fn lane_of(&self, origins: Arc<dyn Origins>) -> Arc<dyn Lane> {
        Arc::new(S3Lane::new(origins, Arc::clone(&self.bucket)))
    }

    /// The bucket, for single requests.
    #[must_use]
    pub fn bucket(&self) -> &Arc<Bucket> {
        &self.bucket
    }
}

/// The facets of an object between buckets, encoded.
#[must_use]
pub fn facets(state: &ObjectState) -> Box<[u8]> {
    state.encode(Form::Objects, boatlift_core::Kind::File).into()
}

impl Store for S3Store {
    fn facts(&self) -> Result<RootFacts> {
        facts::facts(&self.bucket)
    }

    fn prove_writable(&self) -> Result<()> {
        facts::prove_writable(&self.bucket)
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        Ok(Box::new(listing::begin(&self.bucket, self.form, request)))
    }

    fn look(&self, key: Key<'_>, _: Detail) -> Result<Option<Vec<u8>>> {
        let key = self.form.checked(key)?;
        // No such key can be there.
        let Ok(name) = names::object(self.bucket.prefix(), key) else { return Ok(None) };
        let (bucket, form) = (Arc::clone(&self.bucket), self.form);
        let there = self.bucket.wait(async move { look::look(&bucket, form, &name).await });
        let there = there.map_err(failed(Code::ListingFailed, "cannot look at", key))?;
        if let Some(look::There::File(state)) = &there {
            self.form.file(key, state)?;
        }
        Ok(there.map(|there| there.encode(self.form)))
    }

    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        stream::read(&self.bucket, self.form, self.form.checked(key)?)
    }

    fn write(&self, key: Key<'_>, facets: &Facets<'_>, body: &mut dyn Read) -> Result<Digest> {
        stream::write(&self.bucket, self.form, self.form.checked(key)?, facets, body)
    }

    fn remove(&self, key: Key<'_>, expected: FacetsRef<'_>) -> Result<()> {
        let key = self.form.checked(key)?;
        match self.bucket.run(remove::remove(&self.bucket, self.form, key, expected))? {
            Outcome::Skipped(because) => {
                Err(Error::new(Code::RemoveFailed, "cannot remove").on(key).because(because))
            }
            _ => Ok(()),
        }
    }

    /// Nothing is held back on our side: the server has answered for every object.
    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        let lower = lower.as_any().downcast_ref::<S3Store>()?;
        let both_flat = lower.form == Form::Objects && self.form == Form::Objects;
        both_flat.then(|| {
            let origins = Arc::new(SameKey(Arc::clone(&lower.bucket)));
            self.lane_of(origins)
        })
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        for entry in page.iter() {
            let key = self.form.checked(entry.key)?;
            // A key that no object can have was never written.
            let Ok(name) = names::object(self.bucket.prefix(), key) else { continue };
            let swept = self.bucket.run(uploads::sweep(&self.bucket, &name));
            swept.map_err(failed(Code::RemoveFailed, "cannot abort our upload of", key))?;
        }
        Ok(())
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        mark::read(&self.bucket)
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        mark::write(&self.bucket, mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
