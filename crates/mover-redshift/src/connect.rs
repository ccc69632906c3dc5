//! From what a move file says to a warehouse that can be asked. Here secrets are looked up.

use crate::config::{Login as Written, Source};
use crate::wire::{Login, Server, Warehouse, Way, open};
use boatlift_aws::redshift::{DatabaseLogin, Temporary};
use boatlift_aws::redshift_data::{DataLogin, DataTarget, Warehouse as Place};
use boatlift_aws::session::Session;
use boatlift_core::secret::SecretPlace;
use boatlift_core::{Code, Error, Result};

/// Opens the warehouse of a move. Nothing is asked yet.
///
/// # Errors
/// [`Code::ConfigValue`] when a secret is not where the move file says, or the account's
/// options contradict each other.
pub fn warehouse(source: &Source) -> Result<Box<dyn Warehouse>> {
    open(way(source)?)
}

fn way(source: &Source) -> Result<Way> {
    let session = || Session::open(&source.account());
    let login = match &source.login {
        Written::Password { user, password } => {
            Login::Known(DatabaseLogin::new(user, reveal(password)?))
        }
        Written::StoredSecret(secret) => Login::Stored(session()?, secret.clone()),
        Written::TemporaryUser(user) => {
            let (cluster, _) = name(source)?;
            Login::Temporary(session()?, Temporary::User { cluster, user: user.clone() })
        }
        Written::TemporaryIdentity => {
            let (name, serverless) = name(source)?;
            let temporary = match serverless {
                true => Temporary::Workgroup { workgroup: name },
                false => Temporary::Identity { cluster: name },
            };
            Login::Temporary(session()?, temporary)
        }
        Written::DataApiUser(user) => {
            return data_api(source, session()?, DataLogin::User(user.clone()));
        }
        Written::DataApiIdentity => return data_api(source, session()?, DataLogin::Identity),
        Written::DataApiSecret(secret) => {
            return data_api(source, session()?, DataLogin::Secret(secret.clone()));
        }
    };
    let server = Server {
        host: source.endpoint.host.clone(),
        port: source.endpoint.port,
        database: source.endpoint.database.clone(),
        encryption: (&source.tls).into(),
    };
    Ok(Way::Connection(server, login))
}

fn data_api(source: &Source, session: Session, login: DataLogin) -> Result<Way> {
    let (name, serverless) = name(source)?;
    let warehouse = if serverless { Place::Workgroup(name) } else { Place::Cluster(name) };
    let database = source.endpoint.database.clone();
    Ok(Way::DataApi(session, DataTarget { warehouse, database, login }))
}

/// The warehouse's name, and whether it is a workgroup.
fn name(source: &Source) -> Result<(String, bool)> {
    let name = source.name().map(|(name, serverless)| (name.to_owned(), serverless));
    name.ok_or_else(|| {
        let why = "its host does not tell the warehouse; set cluster or workgroup";
        Error::new(Code::ConfigValue, "cannot log in to").on(&source.endpoint).because(why)
    })
}

fn reveal(secret: &SecretPlace) -> Result<String> {
    let found = match secret {
        SecretPlace::Environment(name) => std::env::var(name).map_err(|error| error.to_string()),
        SecretPlace::File(path) => std::fs::read_to_string(path)
            .map(|text| text.lines().next().unwrap_or_default().to_owned())
            .map_err(|error| error.to_string()),
    };
    found.map_err(|why| {
        Error::new(Code::ConfigValue, "cannot look up the secret").on(secret).because(why)
    })
}
