//! Where a bucket is, and for which region requests to it are signed: as the SDK finds it out
//! of options, environment and Amazon's own rules.

use super::super::bucket::Bucket;
use super::super::names::{escaped, unescaped};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SigningParams, SigningSettings,
    UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use std::time::{Duration, SystemTime};

/// A key that may be in any bucket.
const ANY_KEY: &str = "any";
/// Nothing is sent that would be signed for so long.
const SOON: Duration = Duration::from_secs(60);

/// Where a bucket is.
#[derive(Debug, PartialEq)]
pub(crate) struct Place {
    /// The URI up to the key.
    base: String,
    region: String,
}

impl Place {
    /// Asks the SDK for it, which sends nothing. `None` for buckets whose requests are signed
    /// by another rule.
    pub(super) async fn find(bucket: &Bucket) -> Option<Place> {
        let soon = PresigningConfig::expires_in(SOON).ok()?;
        let request = bucket.client.head_object().bucket(bucket.name()).key(ANY_KEY);
        Place::told_by(request.presigned(soon).await.ok()?.uri())
    }

    /// Out of a request that is signed in its address.
    fn told_by(uri: &str) -> Option<Place> {
        let (address, query) = uri.split_once('?')?;
        let told = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| *found == name).and_then(|(_, value)| unescaped(value))
        };
        if told("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return None;
        }
        let credential = told("X-Amz-Credential")?;
        let mut scope = credential.rsplit('/');
        match (scope.next()?, scope.next()?, scope.next()?) {
            ("aws4_request", "s3", region) => {
                let base = address.strip_suffix(ANY_KEY)?.to_owned();
                Some(Place { base, region: region.to_owned() })
            }
            _ => None,
        }
    }

    pub(super) fn uri(&self, key: &str) -> String {
        format!("{}{}", self.base, escaped(key))
    }

    /// How requests are signed. S3 takes the path as it is.
    pub(super) fn signing<'a>(
        &'a self,
        identity: &'a Identity,
        time: SystemTime,
    ) -> Option<SigningParams<'a>> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = v4::SigningParams::builder().identity(identity).region(&self.region);
        let parameters = parameters.name("s3").time(time).settings(settings).build();
        parameters.ok().map(SigningParams::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str, algorithm: &str, scope: &str) -> Option<Place> {
        Place::told_by(&format!(
            "{address}?x-id=HeadObject&X-Amz-Algorithm={algorithm}\
             &X-Amz-Credential=KEY%2F20260102%2F{scope}%2Faws4_request&X-Amz-Date=now"
        ))
    }

    #[test]
    fn a_place_is_found_in_a_signed_address() {
        let rule = "AWS4-HMAC-SHA256";
        let place = told("https://b.s3.eu-west-1.amazonaws.com/any", rule, "eu-west-1%2Fs3");
        let place = place.expect("a place");
        assert_eq!(place.region, "eu-west-1");
        assert_eq!(place.uri("a b/c"), "https://b.s3.eu-west-1.amazonaws.com/a%20b/c");
        let own = told("http://127.0.0.1:7000/b/any", rule, "us-east-1%2Fs3").expect("a place");
        assert_eq!(own.uri("k"), "http://127.0.0.1:7000/b/k");
        let address = "https://b.example/any";
        assert_eq!(told(address, "AWS4-ECDSA-P256-SHA256", "x%2Fs3"), None);
        assert_eq!(told(address, rule, "x%2Fs3express"), None);
        assert_eq!(Place::told_by(address), None);
    }
}
