//! The words of a refusal: an answer to HEAD has no body, and so neither code nor words.

use super::bucket::Bucket;
use super::errors::Refusal;

impl Bucket {
    /// A refusal to show an object as the server puts it in words, where it said no more than
    /// 400: the object's first byte is asked for.
    pub async fn in_words(&self, key: &str, version: Option<&str>, refusal: Refusal) -> Refusal {
        if refusal.status != Some(400) || !refusal.code.is_empty() {
            return refusal;
        }
        let _permit = self.enter().await;
        self.get(key, version, None, Some((0, 0))).await.err().unwrap_or(refusal)
    }
}
