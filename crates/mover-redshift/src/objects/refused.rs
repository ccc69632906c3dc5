//! What a refusal says of a place: what is wrong with the place, unless it is the server, the way
//! to it or our login that is.

use super::resolve::Answered;
use crate::harvest::Standing;
use crate::place::Place;
use boatlift_aws::s3::Refusal;
use boatlift_core::{Code, Retry};

/// What a refusal says of a place; an error where another place would be refused as well, or the
/// same one not for long.
pub(super) fn refused(place: &Place, refusal: &Refusal) -> Answered {
    let error = refusal.error(Code::ReadFailed, "cannot look at", place);
    match error.code {
        _ if refusal.is_bucket_missing() => Ok(Standing::BucketMissing),
        _ if refusal.is_missing() => Ok(Standing::Missing),
        _ if refusal.is_customer_key() => Ok(Standing::CustomerKey),
        Code::Denied => Ok(Standing::Denied(refusal.reason())),
        Code::S3Region => Ok(Standing::OtherRegion(refusal.reason())),
        Code::Unsupported => Ok(Standing::Broken(refusal.reason())),
        Code::S3Credentials | Code::S3Throttled | Code::ServerUnreachable => {
            Err(error.retry(Retry::Later))
        }
        _ if error.retry == Retry::Never => Ok(Standing::Broken(refusal.reason())),
        _ => Err(error.retry(Retry::Later)),
    }
}
