//! The rights that a move needs, gathered from its settings and its harvest.

use crate::config::{Login, RedshiftConfig, Source};
use crate::harvest::{Harvest, Standing};
use crate::place::Place;
use crate::policy::{Partition, Wanted};
use crate::queried;
use boatlift_aws::s3::{Encryption, Tags};
use boatlift_core::Result;

/// Rows that are read at a time.
const ROWS: usize = 1_000;

/// What the policies of a move are about: `target` is where its clones lie.
///
/// # Errors
/// Errors of the harvest.
pub(crate) fn wanted(config: &RedshiftConfig, harvest: &Harvest, target: Place) -> Result<Wanted> {
    let upper = config.upper.objects();
    let region = config.lower.account().region;
    let partitions =
        [region, upper.session.region.clone()].map(|region| Partition::of(region.as_deref()));
    let mut wanted = Wanted {
        target,
        partitions,
        grants: upper.acl.is_some(),
        tags: upper.tags == Tags::Copy,
        target_key: match upper.encryption {
            Some(Encryption::Kms(key)) => Some(key),
            _ => None,
        },
        databases: databases(config, harvest)?,
        redshift: asked(&config.lower, partitions[0]),
        ..Wanted::default()
    };
    harvest.each_unanswered(|place| wanted.sources.add(&place))?;
    let mut last = None;
    loop {
        let rows = harvest.page(last.as_deref(), ROWS)?;
        let Some(row) = rows.last() else { return Ok(wanted) };
        last = Some(row.below.clone());
        for row in &rows {
            wanted.sources.add(&row.candidate.place);
            let version = match &row.standing {
                Some(Standing::There(kept)) => kept.version.is_some(),
                _ => false,
            };
            wanted.versions |= version;
        }
    }
}

/// The databases that are cloned, by both sides' names.
fn databases(config: &RedshiftConfig, harvest: &Harvest) -> Result<Vec<(String, String)>> {
    let Some(catalogue) = &config.catalogue else { return Ok(Vec::new()) };
    let names = catalogue.database_names();
    let selected = queried::selection(harvest, config)?.databases;
    Ok(selected.keys().map(|lower| (lower.clone(), names.upper(lower))).collect())
}

/// What is asked of Redshift and of its neighbours, with the resources it is asked of.
fn asked(source: &Source, of: Partition) -> Vec<(String, Vec<String>)> {
    let name = source.name().map_or("*", |(name, _)| name);
    let is_workgroup = source.name().is_some_and(|(_, is_workgroup)| is_workgroup);
    let database = of.arn(&format!("redshift:*:*:dbname:{name}/{}", source.endpoint.database));
    // Temporary credentials are for a user and for a database, and the right is on both.
    let for_user = |user: &str| {
        let on = [of.arn(&format!("redshift:*:*:dbuser:{name}/{user}")), database.clone()];
        ("redshift:GetClusterCredentials".to_owned(), on.to_vec())
    };
    let for_identity = || match is_workgroup {
        true => (
            "redshift-serverless:GetCredentials".to_owned(),
            vec![of.arn("redshift-serverless:*:*:workgroup/*")],
        ),
        false => ("redshift:GetClusterCredentialsWithIAM".to_owned(), vec![database.clone()]),
    };
    let for_secret = |secret: &String| {
        let on = match secret.starts_with("arn:") {
            true => secret.clone(),
            // An ARN ends in six characters more than the name.
            false => of.arn(&format!("secretsmanager:*:*:secret:{secret}-??????")),
        };
        ("secretsmanager:GetSecretValue".to_owned(), vec![on])
    };
    let data_api = |login| {
        let actions = ["ExecuteStatement", "DescribeStatement", "GetStatementResult"];
        let asks = actions.map(|action| (format!("redshift-data:{action}"), vec!["*".to_owned()]));
        asks.into_iter().chain([login]).collect()
    };
    match &source.login {
        Login::Password { .. } => Vec::new(),
        Login::StoredSecret(secret) => vec![for_secret(secret)],
        Login::TemporaryUser(user) => vec![for_user(user)],
        Login::TemporaryIdentity => vec![for_identity()],
        Login::DataApiUser(user) => data_api(for_user(user)),
        Login::DataApiIdentity => data_api(for_identity()),
        Login::DataApiSecret(secret) => data_api(for_secret(secret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn temporary_credentials_need_the_user_and_the_database() {
        let config = RedshiftConfig::parse(crate::config::EXAMPLE, Path::new("x")).expect("a part");
        let (mut source, of) = (config.lower, Partition::of(Some("us-gov-east-1")));
        for (login, action, on) in [
            (
                Login::TemporaryUser("mover".into()),
                "redshift:GetClusterCredentials",
                &["dbuser:shop/mover", "dbname:shop/dev"][..],
            ),
            (
                Login::DataApiUser("mover".into()),
                "redshift:GetClusterCredentials",
                &["dbuser:shop/mover", "dbname:shop/dev"],
            ),
            (Login::DataApiIdentity, "redshift:GetClusterCredentialsWithIAM", &["dbname:shop/dev"]),
        ] {
            source.login = login;
            let asked = asked(&source, of);
            let (_, found) = asked.iter().find(|(asked, _)| asked == action).expect(action);
            let on: Vec<_> =
                on.iter().map(|on| format!("arn:aws-us-gov:redshift:*:*:{on}")).collect();
            assert_eq!(*found, on, "{action}");
        }
    }
}
