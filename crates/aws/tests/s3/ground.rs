//! Buckets at real servers, their stores, and turns of the lane between them.

use boatlift_aws::s3::{Form, S3Options, S3Store, S3Url};
use boatlift_aws::session::AwsOptions;
use boatlift_core::lane::{Pace, Step, Stopped};
use boatlift_core::store::{Detail, Hole, ListRequest, Listed};
use boatlift_core::{
    Entry, Facets, FacetsRef, Filter, Key, KeyBuf, Kind, Lane, Outcome, PageBuilder, Side, Store,
    Turn,
};
use boatlift_testkit::services::s3::{Credentials, S3Endpoint};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::NamedTempFile;

/// A pace that never waits and never stops.
pub(crate) struct Free;

impl Pace for Free {
    fn spend(&self, _: Side, _: u64, _: u64) -> Result<(), Stopped> {
        Ok(())
    }
}

/// A bucket of its own at a server, and a folder in it.
pub(crate) struct Folder {
    pub(crate) server: &'static S3Endpoint,
    pub(crate) bucket: String,
}

impl Folder {
    pub(crate) fn on(server: &'static S3Endpoint) -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let bucket = format!("test-{}-{number}", std::process::id());
        server.make_bucket(&bucket).unwrap_or_else(|error| panic!("{error}"));
        Folder { server, bucket }
    }

    pub(crate) fn url(&self) -> S3Url {
        S3Url::parse(&format!("s3://{}/top/folder", self.bucket)).expect("a URL")
    }

    pub(crate) fn open(&self, form: Form) -> Arc<S3Store> {
        self.open_with(form, S3Options::default())
    }

    pub(crate) fn open_with(&self, form: Form, options: S3Options) -> Arc<S3Store> {
        self.open_as(&self.server.owner, form, options)
    }

    pub(crate) fn open_as(
        &self,
        user: &Credentials,
        form: Form,
        options: S3Options,
    ) -> Arc<S3Store> {
        let options = self.options_as(user, options);
        S3Store::open(&self.url(), &options, form).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The options with a login of `user` at the server.
    pub(crate) fn options_as(&self, user: &Credentials, options: S3Options) -> S3Options {
        // Kept until the process ends: credentials are read with the first request.
        let file = Box::leak(Box::new(credentials_file(user)));
        let session = AwsOptions {
            region: Some(self.server.region.clone()),
            endpoint_url: Some(self.server.url.clone()),
            profile: Some("test".into()),
            credentials_file: Some(file.path().to_owned()),
            ..options.session.clone()
        };
        S3Options { session, ..options }
    }
}

/// A file with the profile `test`.
pub(crate) fn credentials_file(user: &Credentials) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    let Credentials { access_key, secret_key } = user;
    let lines =
        format!("[test]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
    file.write_all(lines.as_bytes()).expect("it is written");
    file
}

/// An entry that owns what it says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) key: KeyBuf,
    pub(crate) lower: Option<Vec<u8>>,
    pub(crate) upper: Option<Vec<u8>>,
    pub(crate) digest: Option<boatlift_core::Digest>,
}

impl Item {
    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry {
            lower: self.lower.as_deref().map(facets),
            upper: self.upper.as_deref().map(facets),
            digest: self.digest,
            ..Entry::new(self.key.as_key())
        }
    }
}

pub(crate) fn facets(bytes: &[u8]) -> FacetsRef<'_> {
    FacetsRef::checked(bytes).expect("facets")
}

/// LOWER and UPPER in two buckets, between which every key is an object.
pub(crate) struct Ground {
    pub(crate) lower: Arc<S3Store>,
    pub(crate) upper: Arc<S3Store>,
}

impl Ground {
    pub(crate) fn on(lower: &'static S3Endpoint, upper: &'static S3Endpoint) -> Ground {
        Ground::with(lower, upper, S3Options::default())
    }

    pub(crate) fn with(
        lower: &'static S3Endpoint,
        upper: &'static S3Endpoint,
        options: S3Options,
    ) -> Ground {
        Ground {
            lower: Folder::on(lower).open(Form::Objects),
            upper: Folder::on(upper).open_with(Form::Objects, options),
        }
    }

    /// The item with what both sides say of it now.
    pub(crate) fn item(&self, key: &str) -> Item {
        let key = KeyBuf::from(key.as_bytes());
        let look = |side: &S3Store| side.look(key.as_key(), Detail::Basic).expect("a look");
        Item { lower: look(&self.lower), upper: look(&self.upper), key, ..Item::default() }
    }

    pub(crate) fn lane(&self) -> Arc<dyn Lane> {
        Arc::clone(&self.upper).lane_from(Arc::clone(&self.lower) as _).expect("a lane")
    }

    pub(crate) fn steps(&self, step: Step, items: &[Item]) -> Vec<Outcome> {
        steps(&*self.lane(), step, items, &Free)
    }

    pub(crate) fn step_now(&self, step: Step, key: &str) -> Outcome {
        self.steps(step, &[self.item(key)]).remove(0)
    }
}

/// Makes the same step with many items, in key order.
pub(crate) fn steps(lane: &dyn Lane, step: Step, items: &[Item], pace: &dyn Pace) -> Vec<Outcome> {
    let mut page = PageBuilder::new();
    items.iter().for_each(|item| page.push(&item.entry()));
    let page = page.take();
    let steps: Vec<_> = (0..items.len() as u32).map(|index| (index, step)).collect();
    let outcomes = lane.carry(&Turn { page: &page, steps: &steps, owners: true }, pace);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

pub(crate) fn write(store: &dyn Store, key: &str, content: &[u8]) {
    let facets = Facets { size: Some(content.len() as u64), ..Facets::of(Kind::File) };
    let written = store.write(Key::new(key.as_bytes()), &facets, &mut &content[..]);
    written.unwrap_or_else(|error| panic!("{error}"));
}

pub(crate) fn read(store: &dyn Store, key: &str) -> Vec<u8> {
    let content = store.read(Key::new(key.as_bytes()));
    let mut content = content.unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = Vec::new();
    content.body.read_to_end(&mut bytes).expect("content");
    bytes
}

/// Everything that a store lists, with the holes.
pub(crate) fn list(store: &dyn Store) -> (Vec<Item>, Vec<Hole>) {
    let filter = Arc::new(Filter::default());
    let request = ListRequest { filter, detail: Detail::Basic, side: Side::Lower };
    let mut listing = store.list(request).expect("a listing");
    let (mut items, mut holes) = (Vec::new(), Vec::new());
    while let Some(listed) = listing.next(&Free).expect("a step of the listing") {
        match listed {
            Listed::Hole(hole) => holes.push(hole),
            Listed::Page(page) => items.extend(page.iter().map(|entry| Item {
                key: entry.key.to_owned(),
                lower: entry.lower.map(|facets| facets.as_bytes().to_vec()),
                ..Item::default()
            })),
        }
    }
    assert!(items.is_sorted_by(|one, other| one.key < other.key), "keys out of order");
    (items, holes)
}

pub(crate) fn keys(store: &dyn Store) -> Vec<String> {
    let text = |item: Item| String::from_utf8(item.key.0).expect("text");
    list(store).0.into_iter().map(text).collect()
}

/// Content that no two parts of are alike.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    let mut reader = blake3::Hasher::new().update(&length.to_le_bytes()).finalize_xof();
    reader.fill(&mut content);
    content
}
