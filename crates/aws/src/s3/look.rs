//! Looking at one key.

use super::bucket::Bucket;
use super::errors::Answer;
use super::list;
use super::names::Form;
use super::state::ObjectState;
use boatlift_core::Kind;

/// What stands under a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum There {
    /// An object that is a file.
    File(ObjectState),
    /// A directory that an object stands for.
    Directory(ObjectState),
    /// A directory that is there because something lies below it.
    Implied,
}

impl There {
    /// Its facets, encoded.
    pub(crate) fn encode(&self, form: Form) -> Vec<u8> {
        match self {
            There::File(state) => state.encode(form, Kind::File),
            There::Directory(state) => state.encode(form, Kind::Directory),
            There::Implied => ObjectState::default().encode(form, Kind::Directory),
        }
    }
}

/// What stands under the whole key `name`; `None` when nothing does.
pub(crate) async fn look(bucket: &Bucket, form: Form, name: &str) -> Answer<Option<There>> {
    let is_folder = form == Form::Tree && name.ends_with('/');
    let found = bucket.head(name, None).await?;
    match found {
        Some(state) if is_folder && state.size == 0 => Ok(Some(There::Directory(state))),
        Some(state) => Ok(Some(There::File(state))),
        None if is_folder => {
            let below = list::page(bucket, name, None, None, Some(1)).await?;
            Ok((!below.objects.is_empty()).then_some(There::Implied))
        }
        None => Ok(None),
    }
}
