//! How the two sides' buckets are reached, as typed with `mirror`. What is asked for rarely
//! stands in a move file.

use crate::movefile::S3Sides;
use boatlift_aws::s3::S3Options;
use boatlift_aws::session::{AwsOptions, Checksums, Credentials, Role};
use boatlift_core::{Code, Error, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

const HEADING: &str = "Options of s3:// roots";

/// The options of one side, each led by the side's name.
macro_rules! side {
    ($name:ident, $side:literal) => {
        #[derive(Debug, Clone, Default, PartialEq, Args)]
        #[command(next_help_heading = HEADING)]
        struct $name {
            #[arg(id = concat!($side, "-region"), long = concat!($side, "-region"))]
            #[arg(value_name = "REGION", help = "The region [default: as Amazon's tools find it]")]
            region: Option<String>,
            #[arg(id = concat!($side, "-endpoint-url"), long = concat!($side, "-endpoint-url"))]
            #[arg(value_name = "URL", help = "A server that is not Amazon's")]
            endpoint_url: Option<String>,
            #[arg(id = concat!($side, "-profile"), long = concat!($side, "-profile"))]
            #[arg(value_name = "NAME", help = "The profile that holds the credentials")]
            profile: Option<String>,
            #[arg(id = concat!($side, "-credentials"), long = concat!($side, "-credentials"))]
            #[arg(value_name = "WHERE", value_parser = credentials(), help = "Where credentials are found")]
            credentials: Option<Credentials>,
            #[arg(id = concat!($side, "-credentials-file"))]
            #[arg(long = concat!($side, "-credentials-file"), value_name = "FILE")]
            #[arg(help = "A file of credentials in place of ~/.aws/credentials")]
            credentials_file: Option<PathBuf>,
            #[arg(id = concat!($side, "-ca-file"), long = concat!($side, "-ca-file"))]
            #[arg(value_name = "FILE", help = "Certificates of the authorities to trust")]
            ca_file: Option<PathBuf>,
            #[arg(id = concat!($side, "-role-arn"), long = concat!($side, "-role-arn"))]
            #[arg(value_name = "ARN", help = "A role to take on with them")]
            role_arn: Option<String>,
            #[arg(id = concat!($side, "-external-id"), long = concat!($side, "-external-id"))]
            #[arg(value_name = "ID", help = "What the role's owner asks for")]
            external_id: Option<String>,
            #[arg(id = concat!($side, "-checksums"), long = concat!($side, "-checksums"))]
            #[arg(value_name = "WHEN", value_parser = checksums(), help = "Whether checksums go with every request")]
            checksums: Option<Checksums>,
        }

        impl $name {
            fn options(&self) -> Result<S3Options, String> {
                let role = match (&self.role_arn, &self.external_id) {
                    (None, Some(_)) => {
                        return Err(concat!($side, "-external-id: of which role?").into());
                    }
                    (arn, external_id) => arn.clone().map(|arn| Role {
                        arn,
                        external_id: external_id.clone(),
                        session_name: None,
                    }),
                };
                let session = AwsOptions {
                    region: self.region.clone(),
                    endpoint_url: self.endpoint_url.clone(),
                    checksums: self.checksums.unwrap_or_default(),
                    credentials: self.credentials.unwrap_or_default(),
                    profile: self.profile.clone(),
                    credentials_file: self.credentials_file.clone(),
                    ca_file: self.ca_file.clone(),
                    role,
                    ..AwsOptions::default()
                };
                Ok(S3Options { session, ..S3Options::default() })
            }
        }
    };
}

side!(LowerArgs, "lower");
side!(UpperArgs, "upper");

/// How the two sides' buckets are reached.
#[derive(Debug, Default, Args)]
pub(crate) struct S3Args {
    #[command(flatten)]
    lower: LowerArgs,
    #[command(flatten)]
    upper: UpperArgs,
    /// The storage class of what is written to an s3:// UPPER
    #[arg(long, value_name = "CLASS", help_heading = HEADING)]
    storage_class: Option<String>,
}

impl S3Args {
    /// What they mean; nothing where nothing was typed.
    ///
    /// # Errors
    /// [`Code::Usage`] when they contradict each other.
    pub(crate) fn sides(&self) -> Result<Option<Box<S3Sides>>> {
        let refuse = |why| Error::new(Code::Usage, "cannot mirror").because(why);
        let lower = self.lower.options().map_err(refuse)?;
        let upper = self.upper.options().map_err(refuse)?;
        let upper = S3Options { storage_class: self.storage_class.clone(), ..upper };
        let sides = S3Sides { lower, upper };
        Ok((sides != S3Sides::default()).then(|| Box::new(sides)))
    }
}

fn credentials() -> impl TypedValueParser<Value = Credentials> {
    PossibleValuesParser::new(["chain", "environment", "anonymous"]).map(|word| match &*word {
        "environment" => Credentials::Environment,
        "anonymous" => Credentials::Anonymous,
        _ => Credentials::Chain,
    })
}

fn checksums() -> impl TypedValueParser<Value = Checksums> {
    PossibleValuesParser::new(["when-supported", "when-required"]).map(|word| match &*word {
        "when-required" => Checksums::WhenRequired,
        _ => Checksums::WhenSupported,
    })
}
