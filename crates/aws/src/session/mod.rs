//! Sessions: one per side, from which the clients of all services are made.
//!
//! Credentials are looked up when the first request needs them, kept, and asked for again
//! before they end: a run may be longer than any session of a role.

mod options;
mod transport;

pub use options::{Addressing, AwsOptions, Checksums, Credentials, Role};

use crate::runtime;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Connector;
use boatlift_core::{Code, Error, Result};
use std::time::Duration;

/// The region of servers that have none.
const NOWHERE: &str = "us-east-1";
/// Attempts of one request over the wire, the first included. What fails then is an outcome,
/// which the engine may try again.
const ATTEMPTS: u32 = 3;
const CONNECT: Duration = Duration::from_secs(10);
/// How long the first byte of an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
/// How long a body may stand still.
const STANDSTILL: Duration = Duration::from_secs(60);

/// A login on one side.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
    options: AwsOptions,
}

impl Session {
    /// Reads configuration and profile. Credentials are not asked for yet.
    ///
    /// Blocks; it must not be called from inside a task of an asynchronous runtime.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when the options contradict each other, or the authorities cannot be
    /// read.
    pub fn open(options: &AwsOptions) -> Result<Session> {
        options.check().map_err(|why| Error::new(Code::ConfigValue, "cannot use").because(why))?;
        let transport = transport::client(options)?;
        let config = runtime::handle()?.block_on(load(options, transport));
        Ok(Session { config, options: options.clone() })
    }

    /// The configuration from which a client of any service is made.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The region, in Amazon's words.
    #[must_use]
    pub fn region(&self) -> &str {
        self.config.region().map_or(NOWHERE, Region::as_ref)
    }

    /// What names the service whose buckets these are: the endpoint, or Amazon's partition.
    /// A server copies from and to buckets of one service only.
    #[must_use]
    pub fn service(&self) -> String {
        match self.config.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => partition(self.region()).to_owned(),
        }
    }

    /// The configuration of a client of S3.
    pub(crate) fn s3(&self) -> aws_sdk_s3::config::Builder {
        let path_style = match self.options.addressing {
            Addressing::Auto => self.config.endpoint_url().is_some(),
            Addressing::Path => true,
            Addressing::Host => false,
        };
        aws_sdk_s3::config::Builder::from(&self.config).force_path_style(path_style)
    }

    /// Connections beside those of the session's clients, of the same kind. The first byte of
    /// an answer may take `answer`.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] when the authorities cannot be read.
    pub(crate) fn connector(&self, answer: Duration) -> Result<Connector> {
        transport::connector(&self.options, answer)
    }
}

async fn load(options: &AwsOptions, transport: SharedHttpClient) -> SdkConfig {
    let (calculation, validation) = match options.checksums {
        Checksums::WhenSupported => {
            (RequestChecksumCalculation::WhenSupported, ResponseChecksumValidation::WhenSupported)
        }
        Checksums::WhenRequired => {
            (RequestChecksumCalculation::WhenRequired, ResponseChecksumValidation::WhenRequired)
        }
    };
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(transport)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build(),
        )
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled().grace_period(STANDSTILL).build(),
        )
        .request_checksum_calculation(calculation)
        .response_checksum_validation(validation);
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
        if options.region.is_none() {
            loader = loader.region(region_without_machine(options));
        }
    }
    loader = with_credentials(loader, options);
    let config = with_region(loader.load().await);
    match &options.role {
        Some(role) => in_role(&config, role).await,
        None => config,
    }
}

fn with_credentials(loader: ConfigLoader, options: &AwsOptions) -> ConfigLoader {
    match options.credentials {
        Credentials::Anonymous => loader.no_credentials(),
        Credentials::Environment => {
            loader.credentials_provider(EnvironmentVariableCredentialsProvider::new())
        }
        Credentials::Chain => with_profile(loader, options),
    }
}

fn with_profile(mut loader: ConfigLoader, options: &AwsOptions) -> ConfigLoader {
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(file) = &options.credentials_file {
        let files = EnvConfigFiles::builder()
            .include_default_config_file(true)
            .with_file(EnvConfigFileKind::Credentials, file)
            .build();
        loader = loader.profile_files(files);
    }
    loader
}

/// The region for a server of one's own: Amazon's machine need not be asked for it.
fn region_without_machine(options: &AwsOptions) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(Region::new(NOWHERE))
}

/// A server of one's own has no regions; requests to it are signed for one all the same.
fn with_region(config: SdkConfig) -> SdkConfig {
    match config.region() {
        Some(_) => config,
        None => config.into_builder().region(Region::new(NOWHERE)).build(),
    }
}

/// The same configuration, with the credentials of a role.
async fn in_role(config: &SdkConfig, role: &Role) -> SdkConfig {
    let mut provider = AssumeRoleProvider::builder(&role.arn)
        .session_name(role.session_name.as_deref().unwrap_or("boatlift"))
        .configure(config);
    if let Some(external) = &role.external_id {
        provider = provider.external_id(external);
    }
    let provider = provider.build_from_provider(base_of(config).await).await;
    config
        .clone()
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

/// The credentials with which a role is asked for.
async fn base_of(config: &SdkConfig) -> SharedCredentialsProvider {
    match config.credentials_provider() {
        Some(provider) => provider,
        None => SharedCredentialsProvider::new(DefaultCredentialsChain::builder().build().await),
    }
}

/// Amazon's clouds that have nothing in common but the way they are spoken to.
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        Some("us") if region.starts_with("us-iso") => "aws-iso",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_tells_region_and_service() {
        let options = AwsOptions {
            region: Some("cn-north-1".into()),
            credentials: Credentials::Anonymous,
            ..AwsOptions::default()
        };
        let session = Session::open(&options).expect("a session");
        assert_eq!((session.region(), &*session.service()), ("cn-north-1", "aws-cn"));
        let url = Some("http://127.0.0.1:1/".into());
        let session = Session::open(&AwsOptions { endpoint_url: url, ..options });
        assert_eq!(session.expect("a session").service(), "http://127.0.0.1:1");
    }

    #[test]
    fn partitions_follow_from_regions() {
        for (region, name) in
            [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("us-east-2", "aws")]
        {
            assert_eq!(partition(region), name);
        }
    }
}
