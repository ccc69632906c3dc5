//! The PostgreSQL server below: its data, its certificate, who may come in, and its programs.

use super::ADMINISTRATOR;
use crate::services::certificates::{self, Encryption};
use crate::services::error::ServiceError;
use crate::services::process::Recipe;
use crate::services::scratch::Scratch;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Where Debian puts the programs of each version of the server.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Whom the server runs as where we are root, which it refuses to run as.
const SYSTEM_USER: &str = "postgres";

/// A server in a folder, not running.
pub(super) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    /// The user and group to become; none where we are no root.
    identity: Option<(u32, u32)>,
}

impl Server {
    /// Makes its data, with one user who may do everything by password.
    pub(super) fn prepare(
        scratch: &Scratch,
        encryption: Encryption,
        password: &str,
    ) -> Result<Self, ServiceError> {
        let folder = scratch.path().to_path_buf();
        let server = Server { programs: programs()?, identity: identity(&folder)?, folder };
        server.give(&server.folder)?;
        server.initialise(password)?;
        if encryption == Encryption::Required {
            server.certify()?;
        }
        server.admit(encryption)?;
        Ok(server)
    }

    fn initialise(&self, password: &str) -> Result<(), ServiceError> {
        let file = self.folder.join("password");
        fs::write(&file, password).map_err(ServiceError::file("write", &file))?;
        self.give(&file)?;
        self.program("initdb")
            .arguments(["--pgdata=data", "--pwfile=password", "--auth=md5", "--no-sync"])
            .arguments(["--encoding=UTF8", "--locale=C"])
            .arguments([format!("--username={ADMINISTRATOR}")])
            .run()?;
        fs::remove_file(&file).map_err(ServiceError::file("remove", &file))
    }

    /// Everybody comes by the network and by password, and over TLS where that is required.
    fn admit(&self, encryption: Encryption) -> Result<(), ServiceError> {
        let kind = match encryption {
            Encryption::None => "host",
            Encryption::Required => "hostssl",
        };
        let file = self.folder.join("data/pg_hba.conf");
        fs::write(&file, format!("{kind} all all 127.0.0.1/32 md5\n"))
            .map_err(ServiceError::file("write", &file))
    }

    fn certify(&self) -> Result<(), ServiceError> {
        let made = certificates::make(&self.folder)?;
        let key = made.key;
        self.give(&key)?;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&key, private).map_err(ServiceError::file("protect", &key))
    }

    /// How to run the server. It writes nothing through: its data need not survive.
    pub(super) fn recipe(&self, port: u16, encryption: Encryption) -> Recipe {
        let port = format!("port={port}");
        let settings = ["listen_addresses=127.0.0.1", &port, "unix_socket_directories="];
        let quick = ["fsync=off", "full_page_writes=off", "dynamic_shared_memory_type=mmap"];
        let secure = ["ssl=on", "ssl_cert_file=../server.pem", "ssl_key_file=../server.key"];
        let secure = match encryption {
            Encryption::None => &[][..],
            Encryption::Required => &secure[..],
        };
        let settings = settings.iter().chain(&quick).chain(secure);
        self.program("postgres")
            .arguments(["-D", "data"])
            .arguments(settings.flat_map(|setting| ["-c", setting]))
    }

    /// A program of the server, run as whom it accepts. Where we are root it has shared memory
    /// of its own, of which nothing is left when it is killed; elsewhere 56 bytes are.
    fn program(&self, name: &str) -> Recipe {
        let program = self.programs.join(name);
        match self.identity {
            None => Recipe::new(name, program, &self.folder),
            Some((user, group)) => Recipe::new(name, "unshare", &self.folder)
                .arguments(["--ipc", "setpriv"])
                .arguments([format!("--reuid={user}"), format!("--regid={group}")])
                .arguments(["--clear-groups"])
                .arguments([program]),
        }
    }

    /// Gives a file or folder to whom the server runs as.
    fn give(&self, path: &Path) -> Result<(), ServiceError> {
        match self.identity {
            None => Ok(()),
            Some((user, group)) => {
                chown(path, Some(user), Some(group)).map_err(ServiceError::file("give away", path))
            }
        }
    }
}

/// The programs of the newest version.
fn programs() -> Result<PathBuf, ServiceError> {
    let folder = Path::new(VERSIONS);
    let found = fs::read_dir(folder).map_err(ServiceError::file("list", folder))?;
    let versions = found.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let with_server = versions
        .filter(|version| folder.join(version.to_string()).join("bin/postgres").is_file())
        .max();
    with_server
        .map(|version| folder.join(version.to_string()).join("bin"))
        .ok_or_else(|| ServiceError::setup(format!("no PostgreSQL server below {VERSIONS}")))
}

fn identity(folder: &Path) -> Result<Option<(u32, u32)>, ServiceError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let number = |option: &str| -> Result<u32, ServiceError> {
        let said = Recipe::new("id", "id", folder).arguments([option, SYSTEM_USER]).run()?;
        let odd = |_| ServiceError::setup(format!("the id of {SYSTEM_USER} is no number: {said}"));
        said.trim().parse().map_err(odd)
    };
    Ok(Some((number("--user")?, number("--group")?)))
}
