//! A realm and its key distribution centre.

use crate::services::condition::Condition;
use crate::services::error::ServiceError;
use crate::services::ports::free_port;
use crate::services::process::{Recipe, Service};
use crate::services::scratch::Scratch;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a realm is known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    /// The realm's name.
    pub(super) name: &'static str,
    /// The name of this machine in the principals of its services.
    pub(super) host: &'static str,
    /// Where the centre listens.
    pub(super) port: u16,
}

/// How long tickets are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Until a ticket ends.
    pub ticket: Duration,
    /// Until it cannot be renewed any more.
    pub renewable: Duration,
}

impl Lifetimes {
    /// A day, renewable for a week: no test sees the end.
    pub const LONG: Lifetimes =
        Lifetimes { ticket: Duration::from_secs(86_400), renewable: Duration::from_secs(604_800) };
    /// Two minutes, renewable for ten.
    pub const SHORT: Lifetimes =
        Lifetimes { ticket: Duration::from_secs(120), renewable: Duration::from_secs(600) };
}

/// A realm with a running key distribution centre; it ends when this value is dropped.
#[derive(Debug)]
pub struct Realm {
    /// The centre itself, for tests of its absence.
    pub centre: Service,
    seat: Seat,
    neighbour: Option<Seat>,
    lifetimes: Lifetimes,
    scratch: Scratch,
}

impl Realm {
    /// Starts the realm `BOATLIFT.TEST` with the principals `hdfs`, `hive` and `HTTP` of
    /// `localhost`, and the user `alice`, all with their keys in one keytab.
    ///
    /// # Errors
    /// When the programs are missing or fail.
    pub fn start(lifetimes: Lifetimes) -> Result<Self, ServiceError> {
        let seat = Seat { name: "BOATLIFT.TEST", host: "localhost", port: free_port()? };
        Self::begin(lifetimes, seat, None)
    }

    /// Starts the realm of a seat; its clients find the centre of the neighbour too.
    pub(super) fn begin(
        lifetimes: Lifetimes,
        seat: Seat,
        neighbour: Option<Seat>,
    ) -> Result<Self, ServiceError> {
        let scratch = Scratch::temporary("realm")?;
        write_configuration(&scratch, seat, neighbour, lifetimes)?;
        let create = ["create", "-s", "-W", "-r", seat.name, "-P", "master"];
        tool(&scratch, "/usr/sbin/kdb5_util").arguments(create).run()?;
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), seat.port);
        let recipe = tool(&scratch, "/usr/sbin/krb5kdc").arguments(["-n"]);
        let centre = Service::start(recipe, Condition::port(address))?;
        let realm = Realm { centre, seat, neighbour, lifetimes, scratch };
        for service in ["hdfs", "hive", "HTTP"] {
            realm.add_principal(&realm.service_principal(service))?;
        }
        realm.add_principal(&realm.user_principal("alice"))?;
        Ok(realm)
    }

    /// The realm's name.
    pub fn name(&self) -> &'static str {
        self.seat.name
    }

    /// The name of this machine in the principals of its services, and in their URLs.
    pub fn host(&self) -> &'static str {
        self.seat.host
    }

    /// The name of the other realm that clients of this one know.
    pub fn neighbour(&self) -> Option<&'static str> {
        self.neighbour.map(|seat| seat.name)
    }

    /// The `krb5.conf`, for `KRB5_CONFIG` and Java's `java.security.krb5.conf`.
    pub fn configuration(&self) -> PathBuf {
        self.scratch.path().join("krb5.conf")
    }

    /// The keytab with the keys of every principal.
    pub fn keytab(&self) -> PathBuf {
        self.scratch.path().join("all.keytab")
    }

    /// The principal of a service of this machine: `NAME/HOST@REALM`.
    pub fn service_principal(&self, service: &str) -> String {
        format!("{service}/{}@{}", self.seat.host, self.seat.name)
    }

    /// The principal of a person: `NAME@REALM`.
    pub fn user_principal(&self, user: &str) -> String {
        format!("{user}@{}", self.seat.name)
    }

    /// Adds a principal with random keys and puts them into the keytab.
    ///
    /// # Errors
    /// When it is there already.
    pub fn add_principal(&self, principal: &str) -> Result<(), ServiceError> {
        self.add_principal_with(principal, self.lifetimes.ticket)
    }

    /// The same, of whom no ticket is good for longer than this.
    pub(super) fn add_principal_with(
        &self,
        principal: &str,
        ticket: Duration,
    ) -> Result<(), ServiceError> {
        self.make(principal, &format!("-randkey -maxlife {}s", ticket.as_secs()))?;
        self.administrate(&format!("ktadd -k {} {principal}", self.keytab().display()))
    }

    /// Takes a new ticket for a principal of the keytab and gives the file that holds it,
    /// for `KRB5CCNAME`. Every call takes another file.
    ///
    /// # Errors
    /// When the centre refuses.
    pub fn ticket(&self, principal: &str) -> Result<PathBuf, ServiceError> {
        let tickets = self.scratch.folder("tickets")?;
        let file = tempfile::Builder::new().prefix("ticket-").tempfile_in(&tickets);
        let file = file.map_err(ServiceError::file("make a file in", &tickets))?;
        let path = file
            .into_temp_path()
            .keep()
            .map_err(|kept| ServiceError::file("keep the file in", &tickets)(kept.error))?;
        self.take_ticket(principal, &path)?;
        Ok(path)
    }

    /// Takes a new ticket into a named file, as `kinit` from a timer does.
    ///
    /// # Errors
    /// When the centre refuses.
    pub fn take_ticket(&self, principal: &str, file: &Path) -> Result<(), ServiceError> {
        let keytab = self.keytab();
        let lifetime = format!("{}s", self.lifetimes.ticket.as_secs());
        let renewable = format!("{}s", self.lifetimes.renewable.as_secs());
        tool(&self.scratch, "kinit")
            .arguments(["-l", &lifetime, "-r", &renewable, "-k", "-t"])
            .arguments([keytab.as_os_str(), "-c".as_ref(), file.as_os_str(), principal.as_ref()])
            .run()
            .map(drop)
    }

    /// Renews the ticket in a file, as `kinit -R` does.
    ///
    /// # Errors
    /// When the centre refuses: the ticket has ended, or is not renewable any more.
    pub fn renew(&self, file: &Path) -> Result<(), ServiceError> {
        let words = ["-R".as_ref(), "-c".as_ref(), file.as_os_str()];
        tool(&self.scratch, "kinit").arguments(words).run().map(drop)
    }

    /// Whether a file holds a ticket that has not ended.
    pub fn is_valid(&self, file: &Path) -> bool {
        let words = ["-s".as_ref(), "-c".as_ref(), file.as_os_str()];
        tool(&self.scratch, "klist").arguments(words).run().is_ok()
    }

    /// The body of a page that a server shows to a principal; none when there is no answer with
    /// status 200. It is fetched by `curl`, which speaks Kerberos by itself, with a new ticket:
    /// who waits for a page may wait longer than a ticket is good.
    pub fn page(&self, url: &str, principal: &str) -> Option<String> {
        let ticket = self.scratch.path().join("page.ticket");
        self.take_ticket(principal, &ticket).ok()?;
        let words = ["--silent", "--fail", "--max-time", "5", "--negotiate", "--user", ":", url];
        tool(&self.scratch, "curl").arguments(words).variable("KRB5CCNAME", ticket).run().ok()
    }

    /// Adds the principal by which the centres of two realms trust each other; the secret must
    /// be the same in both.
    pub(super) fn add_shared_principal(
        &self,
        principal: &str,
        secret: &str,
    ) -> Result<(), ServiceError> {
        self.make(principal, &format!("-pw {secret}"))
    }

    fn make(&self, principal: &str, key: &str) -> Result<(), ServiceError> {
        let seconds = self.lifetimes.renewable.as_secs();
        self.administrate(&format!("addprinc {key} -maxrenewlife {seconds}s {principal}"))
    }

    fn administrate(&self, query: &str) -> Result<(), ServiceError> {
        let said = tool(&self.scratch, "/usr/sbin/kadmin.local").arguments(["-q", query]).run()?;
        // It ends with 0 even when it refuses, and says so only on stderr.
        let done = ["created", "added to keytab"].iter().any(|word| said.contains(word));
        match done {
            true => Ok(()),
            false => Err(ServiceError::setup(format!("kadmin.local did not do `{query}`: {said}"))),
        }
    }
}

/// A program of MIT Kerberos, bound to our folder.
fn tool(scratch: &Scratch, program: &str) -> Recipe {
    let name = program.rsplit('/').next().unwrap_or(program);
    Recipe::new(name, program, scratch.path())
        .variable("KRB5_CONFIG", scratch.path().join("krb5.conf"))
        .variable("KRB5_KDC_PROFILE", scratch.path().join("kdc.conf"))
}

/// Braces must end their line in `kdc.conf`, or the centre silently takes the machine's own
/// database. Java must not fall back to UDP, which it waits long for. One machine has one
/// clock, so ten seconds of tolerance are enough, and a ticket that has ended is refused soon.
fn write_configuration(
    scratch: &Scratch,
    seat: Seat,
    neighbour: Option<Seat>,
    lifetimes: Lifetimes,
) -> Result<(), ServiceError> {
    let folder = scratch.path().display();
    let ticket = lifetimes.ticket.as_secs();
    let renewable = lifetimes.renewable.as_secs();
    let Seat { name: realm, port, .. } = seat;
    let seats = || [Some(seat), neighbour].into_iter().flatten();
    let centres = seats()
        .map(|Seat { name, port, .. }| format!(" {name} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"));
    let hosts = seats().map(|Seat { name, host, .. }| format!(" {host} = {name}\n"));
    let client = format!(
        "[libdefaults]\n default_realm = {realm}\n dns_lookup_kdc = false\n \
         dns_lookup_realm = false\n dns_canonicalize_hostname = false\n rdns = false\n \
         udp_preference_limit = 1\n ticket_lifetime = {ticket}s\n \
         renew_lifetime = {renewable}s\n forwardable = true\n clockskew = 10\n\
         [realms]\n{}[domain_realm]\n{}",
        centres.collect::<String>(),
        hosts.collect::<String>(),
    );
    let centre = format!(
        "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n {realm} = {{\n  database_name = {folder}/principal\n  \
         key_stash_file = {folder}/stash\n  acl_file = {folder}/kadm5.acl\n  \
         max_life = {ticket}s\n  max_renewable_life = {renewable}s\n }}\n\
         [logging]\n kdc = FILE:{folder}/centre.log\n"
    );
    for (name, text) in [("krb5.conf", client), ("kdc.conf", centre)] {
        let file = scratch.path().join(name);
        fs::write(&file, text).map_err(ServiceError::file("write", &file))?;
    }
    Ok(())
}
