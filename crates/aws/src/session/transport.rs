//! The client of HTTP below all services: one TLS provider, and whom it trusts.

use super::{AwsOptions, CONNECT};
use crate::authorities::Authorities;
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use boatlift_core::{Code, Error, Result};
use std::path::PathBuf;
use std::time::Duration;

/// Where Amazon's own tools look for authorities.
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// A client that trusts whom the options name, else whom the environment names, else whom the
/// system does.
pub(super) fn client(options: &AwsOptions) -> Result<SharedHttpClient> {
    let builder = Builder::new().tls_provider(provider());
    Ok(match context(options)? {
        None => builder.build_https(),
        Some(context) => builder.tls_context(context).build_https(),
    })
}

/// Connections beside those of a session's clients, of the same kind. The first byte of an
/// answer may take `answer`.
pub(super) fn connector(options: &AwsOptions, answer: Duration) -> Result<Connector> {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(answer);
    let builder =
        Connector::builder().tls_provider(provider()).connector_settings(settings.build());
    Ok(match context(options)? {
        None => builder.build(),
        Some(context) => builder.tls_context(context).build(),
    })
}

fn provider() -> tls::Provider {
    tls::Provider::Rustls(CryptoMode::AwsLc)
}

/// Whom to trust in place of whom the system does.
fn context(options: &AwsOptions) -> Result<Option<TlsContext>> {
    let named = || std::env::var_os(BUNDLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = options.ca_file.clone().or_else(named) else { return Ok(None) };
    let authorities = Authorities::of_file(&path)?;
    let trusted = authorities.certificates().iter();
    let trusted = trusted.fold(TrustStore::empty(), |trusted, certificate| {
        trusted.with_pem_certificate(certificate.as_bytes())
    });
    let context = TlsContext::builder().with_trust_store(trusted).build();
    context.map(Some).map_err(|error| {
        Error::new(Code::ConfigValue, "cannot prepare TLS").on(path.display()).because(error)
    })
}
