//! Where the clones go, and what their keys look like.

use crate::layout::Layout;
use crate::place::Place;
use crate::report::Lists;
use boatlift_aws::s3::S3Options;
use boatlift_aws::session::AwsOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bucket, a prefix in it, and the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    /// `s3://bucket/prefix`.
    pub location: String,
    /// What the clones' keys look like.
    #[serde(default)]
    pub layout: Layout,
    /// How the folders of the lists of objects are spelled.
    #[serde(default)]
    pub lists: Lists,
    /// The account.
    #[serde(default)]
    pub aws: AwsOptions,
    /// How clones are written. Its session is the account's, unless it has one of its own.
    #[serde(default)]
    pub s3: S3Options,
}

impl Target {
    /// Looks at what the types cannot tell.
    ///
    /// # Errors
    /// Says which key is wrong, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        let location = &self.location;
        Place::parse(location).map_err(|why| format!("location: `{location}`: {why}"))?;
        self.s3.check().map_err(|why| format!("s3.{why}"))?;
        self.aws.check().map_err(|why| format!("aws.{why}"))
    }

    /// How clones are written, in the account's session where no other is named.
    #[must_use]
    pub fn objects(&self) -> S3Options {
        in_session(&self.s3, &self.aws)
    }
}

/// The options in a session, unless they have one of their own.
pub(super) fn in_session(options: &S3Options, session: &AwsOptions) -> S3Options {
    let own = options.session != AwsOptions::default();
    let session = if own { &options.session } else { session };
    S3Options { session: session.clone(), ..options.clone() }
}
