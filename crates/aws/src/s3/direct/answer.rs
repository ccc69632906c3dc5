//! What a server answers to a copy.

use super::super::state::{seconds, unquoted};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_smithy_xml::decode::{Document, try_data};
use boatlift_core::Timestamp;

/// The most bytes of an answer.
const MOST_BYTES: usize = 64 << 10;

/// What was made of an object.
#[derive(Debug, PartialEq)]
pub(super) struct Copied {
    /// Its entity tag, without quotes.
    pub(super) etag: String,
    pub(super) version: Option<String>,
    pub(super) modified: Option<Timestamp>,
}

impl Copied {
    /// Reads an answer. `None` unless it is the success of a copy: a server that has begun to
    /// answer may put an error into a success.
    pub(super) async fn read(response: HttpResponse) -> Option<Copied> {
        if response.status().as_u16() != 200 {
            return None;
        }
        let version = response.headers().get("x-amz-version-id").filter(|id| *id != "null");
        let version = version.map(str::to_owned);
        let (mut body, mut bytes) = (ByteStream::new(response.into_body()), Vec::new());
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part.ok()?);
            if bytes.len() > MOST_BYTES {
                return None;
            }
        }
        let copied = parsed(std::str::from_utf8(&bytes).ok()?)?;
        Some(Copied { version, ..copied })
    }
}

fn parsed(text: &str) -> Option<Copied> {
    // It may have begun with spaces, to keep the connection.
    let mut document = Document::new(text.trim_start());
    let mut root = document.root_element().ok()?;
    if !root.start_el().matches("CopyObjectResult") {
        return None;
    }
    let (mut etag, mut modified) = (None, None);
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "ETag" => etag = Some(unquoted(Some(&*try_data(&mut tag).ok()?))),
            "LastModified" => {
                let time = try_data(&mut tag).ok()?;
                let time = DateTime::from_str(time.trim(), DateTimeFormat::DateTime).ok()?;
                modified = Some(seconds(&time));
            }
            _ => {}
        }
    }
    let etag = etag.filter(|tag| !tag.is_empty())?;
    Some(Copied { etag, version: None, modified })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_result_of_a_copy_is_one() {
        let result = "\n <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <LastModified>2026-01-02T03:04:05.678Z</LastModified>\
            <ETag>&quot;0123&quot;</ETag></CopyObjectResult>";
        let modified = Some(Timestamp { seconds: 1_767_323_045, nanoseconds: 0 });
        let expected = Copied { etag: "0123".into(), version: None, modified };
        assert_eq!(parsed(result), Some(expected));
        for other in [
            "",
            "no XML",
            "<Error><Code>InternalError</Code><ETag>a</ETag></Error>",
            "<CopyObjectResult><ETag></ETag></CopyObjectResult>",
            "<CopyObjectResult><LastModified>now</LastModified><ETag>a</ETag></CopyObjectResult>",
            &result[..result.len() - 30],
        ] {
            assert_eq!(parsed(other), None, "{other}");
        }
    }
}
