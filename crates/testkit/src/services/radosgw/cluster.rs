//! The cluster's configuration, its keys, and how each of its programs is run.

use super::KEY_ID;
use crate::services::condition::Condition;
use crate::services::error::ServiceError;
use crate::services::ports::free_port;
use crate::services::process::Recipe;
use crate::services::s3::Credentials;
use crate::services::scratch::Scratch;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The most bytes that the store holds: 6 GiB.
const STORE_BYTES: u64 = 6 << 30;

/// What may be done with the key of each member of the cluster.
const KEYS: &[(&str, &[&str])] = &[
    ("mon.", &["--cap", "mon", "allow *"]),
    ("client.admin", &["--cap", "mon", "allow *", "--cap", "osd", "allow *"]),
    ("client.rgw.a", &["--cap", "mon", "allow *", "--cap", "osd", "allow *"]),
    ("osd.0", &["--cap", "mon", "allow *", "--cap", "osd", "allow *"]),
];

/// A cluster in a folder.
pub(super) struct Cluster {
    folder: PathBuf,
    monitor_ports: [u16; 2],
}

impl Cluster {
    /// Writes its configuration and makes its keys and the monitor's data.
    pub(super) fn prepare(scratch: &Scratch, gateway_port: u16) -> Result<Self, ServiceError> {
        for name in ["monitor", "store", "run"] {
            scratch.folder(name)?;
        }
        let folder = scratch.path().to_path_buf();
        let cluster = Cluster { folder, monitor_ports: [free_port()?, free_port()?] };
        let id = identifier()?;
        cluster.configure(&id, gateway_port)?;
        cluster.make_keys()?;
        cluster.make_monitor(&id)?;
        Ok(cluster)
    }

    fn configure(&self, id: &str, gateway_port: u16) -> Result<(), ServiceError> {
        let file = self.folder.join("ceph.conf");
        fs::write(&file, configuration(&self.folder, id, &self.addresses(), gateway_port))
            .map_err(ServiceError::file("write", &file))
    }

    fn make_keys(&self) -> Result<(), ServiceError> {
        let tool = || self.program("ceph-authtool");
        tool().arguments(["keyring", "--create-keyring"]).run()?;
        for (name, capabilities) in KEYS {
            tool()
                .arguments(["keyring", "--gen-key", "-n", name])
                .arguments(*capabilities)
                .run()?;
        }
        Ok(())
    }

    fn make_monitor(&self, id: &str) -> Result<(), ServiceError> {
        let addresses = self.addresses();
        self.program("monmaptool")
            .arguments(["--create", "--clobber", "--fsid", id, "--addv", "a", &addresses])
            .arguments(["monmap"])
            .run()?;
        let make = ["--mkfs", "--monmap", "monmap", "--keyring", "keyring"];
        self.member("ceph-mon").arguments(["-i", "a"]).arguments(make).run().map(drop)
    }

    /// The monitor in the new protocol and in the old one.
    fn addresses(&self) -> String {
        let [new, old] = self.monitor_ports;
        format!("[v2:127.0.0.1:{new},v1:127.0.0.1:{old}]")
    }

    /// True when the monitor takes connections.
    pub(super) fn monitor_listens(&self) -> Condition {
        Condition::port(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.monitor_ports[0]))
    }

    /// Tells the running monitor of a store and makes the store's data, under one identifier:
    /// a store with another one is refused.
    pub(super) fn prepare_store(&self) -> Result<(), ServiceError> {
        let id = identifier()?;
        self.member("ceph").arguments(["osd", "new", &id, "0"]).run()?;
        let make = ["-i", "0", "--mkfs", "--osd-uuid", &id];
        self.member("ceph-osd").arguments(make).run().map(drop)
    }

    pub(super) fn monitor(&self) -> Recipe {
        self.member("ceph-mon").arguments(["-f", "-i", "a"])
    }

    pub(super) fn store(&self) -> Recipe {
        self.member("ceph-osd").arguments(["-f", "-i", "0"])
    }

    pub(super) fn gateway(&self) -> Recipe {
        self.member("radosgw").arguments(["-f", "-n", "client.rgw.a"])
    }

    /// Adds a user of the gateway.
    pub(super) fn add_user(&self, name: &str, keys: &Credentials) -> Result<(), ServiceError> {
        self.member("radosgw-admin")
            .arguments(["-n", "client.rgw.a", "user", "create", "--uid", name])
            .arguments(["--display-name", name])
            .arguments(["--access-key", &keys.access_key, "--secret-key", &keys.secret_key])
            .run()
            .map(drop)
    }

    /// A program that reads the cluster's configuration.
    fn member(&self, program: &str) -> Recipe {
        self.program(program).arguments(["-c", "ceph.conf"])
    }

    fn program(&self, program: &str) -> Recipe {
        Recipe::new(program, program, &self.folder)
    }
}

/// A random identifier, from the kernel.
fn identifier() -> Result<String, ServiceError> {
    let source = Path::new("/proc/sys/kernel/random/uuid");
    let text = fs::read_to_string(source).map_err(ServiceError::file("read", source))?;
    Ok(text.trim().to_owned())
}

/// One copy of everything, few placement groups, no manager. Members prove who they are:
/// without that, the gateway waits for ever. A monitor that decides at once lets the gateway
/// make its pools in one second and not in ten; `tcp_nodelay` saves 40 ms of every answer.
fn configuration(folder: &Path, id: &str, monitor: &str, gateway_port: u16) -> String {
    let folder = folder.display();
    format!(
        "[global]\n\
         fsid = {id}\nmon_host = {monitor}\npublic_network = 127.0.0.0/8\n\
         run_dir = {folder}/run\nadmin_socket = {folder}/run/$name.asok\n\
         pid_file = {folder}/run/$name.pid\ncrash_dir = {folder}/run\n\
         keyring = {folder}/keyring\nlog_to_file = false\nlog_to_stderr = true\n\
         mon_cluster_log_to_file = false\n\
         mon_data = {folder}/monitor\nmon_allow_pool_size_one = true\n\
         mon_max_pg_per_osd = 1000\n\
         mon_tick_interval = 1\npaxos_propose_interval = 0.05\n\
         osd_data = {folder}/store\nosd_objectstore = memstore\n\
         memstore_device_bytes = {STORE_BYTES}\nmemstore_page_set = false\n\
         osd_crush_chooseleaf_type = 0\nosd_pool_default_size = 1\n\
         osd_pool_default_min_size = 1\nosd_pool_default_pg_num = 8\n\
         osd_pool_default_pgp_num = 8\nosd_pool_default_pg_autoscale_mode = off\n\
         setuser_match_path =\n\
         [client.rgw.a]\n\
         rgw_frontends = beast endpoint=127.0.0.1:{gateway_port} tcp_nodelay=1\n\
         rgw_thread_pool_size = 64\nrgw_crypt_require_ssl = false\n\
         rgw_crypt_s3_kms_backend = testing\n\
         rgw_crypt_s3_kms_encryption_keys = {KEY_ID}={KEY}\ndebug_rgw = 0\n"
    )
}

/// 32 bytes in base64, for [`KEY_ID`]: a key that protects nothing.
const KEY: &str = "Ym9hdGxpZnQncyBvd24ga2V5IGZvciB0ZXN0cyBvbmw=";
