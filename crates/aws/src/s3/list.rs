//! One page of a bucket's listing, as the server gives it.

use super::bucket::Bucket;
use super::errors::{Answer, Refusal};
use super::names::unescaped;
use super::state::{ObjectState, seconds, unquoted};
use aws_sdk_s3::types::EncodingType;

/// A page of a listing.
#[derive(Debug, Default)]
pub struct ListPage {
    /// In the order of their keys.
    pub objects: Vec<Listed>,
    /// What all keys up to the delimiter were folded into, in order.
    pub folders: Vec<String>,
    /// There is more.
    pub is_cut: bool,
}

/// One object of a listing.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The whole key, prefix included.
    pub key: String,
    /// As far as a listing tells.
    pub state: ObjectState,
}

impl Bucket {
    /// The keys that begin with `prefix` and come after `after`, a page of them. What goes on
    /// behind `delimiter` is folded together.
    ///
    /// # Errors
    /// When the server does not answer, denies it, or lists out of order.
    pub async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        delimiter: Option<&str>,
    ) -> Answer<ListPage> {
        page(self, prefix, after, delimiter, None).await
    }
}

/// Asks for the keys below `prefix` that come after `after`.
pub(crate) async fn page(
    bucket: &Bucket,
    prefix: &str,
    after: Option<&str>,
    delimiter: Option<&str>,
    most: Option<i32>,
) -> Answer<ListPage> {
    let _permit = bucket.enter().await;
    let asked = bucket
        .client
        .list_objects_v2()
        .bucket(bucket.name())
        .prefix(prefix)
        .set_start_after(after.map(str::to_owned))
        .set_delimiter(delimiter.map(str::to_owned))
        .set_max_keys(most)
        .encoding_type(EncodingType::Url)
        .set_expected_bucket_owner(bucket.options.expected_bucket_owner.clone())
        .set_request_payer(bucket.payer())
        .send()
        .await
        .map_err(Refusal::from)?;
    let is_escaped = page_is_escaped(asked.encoding_type());
    let text = |told: Option<&str>| match (told, is_escaped) {
        (None, _) => Err(Refusal::ours("the listing names an object without a key")),
        (Some(told), false) => Ok(told.to_owned()),
        (Some(told), true) => unescaped(told).ok_or_else(|| {
            Refusal::ours(format!("the listing names a key that is no text: {told}"))
        }),
    };
    let mut page = ListPage { is_cut: asked.is_truncated() == Some(true), ..ListPage::default() };
    for object in asked.contents() {
        let state = ObjectState {
            size: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: unquoted(object.e_tag()),
            modified: object.last_modified().map(seconds),
            storage_class: object.storage_class().map(|class| class.as_str().to_owned()),
            ..ObjectState::default()
        };
        page.objects.push(Listed { key: text(object.key())?, state });
    }
    for folder in asked.common_prefixes() {
        page.folders.push(text(folder.prefix())?);
    }
    in_order(page.objects.iter().map(|object| &*object.key), after)?;
    Ok(page)
}

fn page_is_escaped(encoding: Option<&EncodingType>) -> bool {
    encoding == Some(&EncodingType::Url)
}

/// Everything that follows relies on the order: a server that lists otherwise is refused.
fn in_order<'k>(keys: impl Iterator<Item = &'k str>, after: Option<&str>) -> Answer<()> {
    let mut before = after.unwrap_or_default();
    let mut first = after.is_none();
    for key in keys {
        if key <= before && !first {
            let words = format!("the server lists `{key}` after `{before}`: not in order of keys");
            return Err(Refusal::ours(words));
        }
        (before, first) = (key, false);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_out_of_order_is_refused() {
        assert!(in_order(["a", "b", "é"].into_iter(), None).is_ok());
        assert!(in_order(["b"].into_iter(), Some("a")).is_ok());
        for (keys, after) in [(["b", "a"], None), (["a", "a"], None), (["a", "b"], Some("a"))] {
            assert!(in_order(keys.into_iter(), after).is_err(), "{keys:?}");
        }
    }
}
