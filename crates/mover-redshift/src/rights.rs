//! The rights that a move needs, gathered from its settings and its harvest.

use crate::config::{Login, RedshiftConfig, Source};
use crate::harvest::{Harvest, Standing};
use crate::place::Place;
use crate::policy::Wanted;
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
    let mut wanted = Wanted {
        target,
        tags: upper.tags == Tags::Copy,
        target_key: match upper.encryption {
            Some(Encryption::Kms(key)) => Some(key),
            _ => None,
        },
        databases: databases(config, harvest)?,
        redshift: asked(&config.lower),
        ..Wanted::default()
    };
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

/// What is asked of Redshift and of its neighbours, with the resource it is asked of.
fn asked(source: &Source) -> Vec<(String, String)> {
    let name = source.name().map_or("*", |(name, _)| name);
    let is_workgroup = source.name().is_some_and(|(_, is_workgroup)| is_workgroup);
    let (actions, on): (&[&str], String) = match &source.login {
        Login::Password { .. } => (&[], String::new()),
        Login::StoredSecret(secret) => (&["secretsmanager:GetSecretValue"], secret.clone()),
        Login::TemporaryUser(user) => (
            &["redshift:GetClusterCredentials"],
            format!("arn:aws:redshift:*:*:dbuser:{name}/{user}"),
        ),
        Login::TemporaryIdentity if is_workgroup => (
            &["redshift-serverless:GetCredentials"],
            "arn:aws:redshift-serverless:*:*:workgroup/*".into(),
        ),
        Login::TemporaryIdentity => {
            let database = &source.endpoint.database;
            let on = format!("arn:aws:redshift:*:*:dbname:{name}/{database}");
            (&["redshift:GetClusterCredentialsWithIAM"], on)
        }
        Login::DataApiUser(_) | Login::DataApiIdentity | Login::DataApiSecret(_) => {
            let actions: &[&str] = &[
                "redshift-data:ExecuteStatement",
                "redshift-data:DescribeStatement",
                "redshift-data:GetStatementResult",
            ];
            (actions, "*".to_owned())
        }
    };
    let mut asked: Vec<(String, String)> =
        actions.iter().map(|action| ((*action).to_owned(), on.clone())).collect();
    match &source.login {
        Login::DataApiUser(user) => asked.push((
            "redshift:GetClusterCredentials".into(),
            format!("arn:aws:redshift:*:*:dbuser:{name}/{user}"),
        )),
        Login::DataApiSecret(secret) => {
            asked.push(("secretsmanager:GetSecretValue".into(), secret.clone()));
        }
        _ => {}
    }
    asked
}
