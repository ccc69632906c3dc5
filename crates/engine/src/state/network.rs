//! Which file systems reach over a network, as `statfs` and the mount table tell.

use boatlift_core::{Code, Error, Result};
use std::os::linux::fs::MetadataExt;
use std::path::Path;

/// Numbers from Linux's `magic.h` and from the sources of Lustre, GPFS and BeeGFS.
const NETWORKS: &[(u64, &str)] = &[
    (0x6969, "NFS"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x517B, "SMB"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "Ceph"),
    (0x1983_0326, "BeeGFS"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
];

const FUSE: u64 = 0x6573_5546;

/// FUSE file systems that keep their files on another host.
const FUSE_NETWORKS: &[&str] = &[
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.ceph-fuse",
    "fuse.s3fs",
    "fuse.rclone",
    "fuse.goofys",
    "fuse.juicefs",
    "fuse.davfs",
];

/// Refuses a directory on a network file system.
///
/// # Errors
/// [`Code::StateOnNetwork`] then, naming the file system; [`Code::StateIo`] when the
/// directory cannot be looked at.
pub(super) fn refuse(path: &Path) -> Result<()> {
    let tried = "cannot examine state directory";
    let facts = rustix::fs::statfs(path).map_err(|e| super::cannot(tried, path, e.into()))?;
    let magic = u64::from(facts.f_type as u32);
    let found = match magic {
        FUSE => fuse_network(path),
        _ => network(magic).map(str::to_owned),
    };
    match found {
        None => Ok(()),
        Some(system) => Err(Error::new(Code::StateOnNetwork, "cannot keep state in")
            .on(path.display())
            .because(format!("it lies on {system}"))),
    }
}

fn network(magic: u64) -> Option<&'static str> {
    NETWORKS.iter().find(|(number, _)| *number == magic).map(|(_, name)| *name)
}

/// The type of the FUSE file system under `path`, where it is one of a network.
fn fuse_network(path: &Path) -> Option<String> {
    let device = path.metadata().ok()?.st_dev();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let system = mounted_type(&mounts, device)?;
    FUSE_NETWORKS.contains(&system).then(|| system.to_owned())
}

/// The file system type of a device in the mount table (`proc_pid_mountinfo(5)`).
fn mounted_type(mounts: &str, device: u64) -> Option<&str> {
    let wanted = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    let line = mounts.lines().rfind(|line| line.split(' ').nth(2) == Some(&wanted))?;
    line.split_once(" - ")?.1.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_from_local_systems() {
        assert_eq!(network(0x6969), Some("NFS"));
        assert_eq!(network(0x0BD0_0BD0), Some("Lustre"));
        let (ext4, tmpfs, xfs) = (0xEF53, 0x0102_1994, 0x5846_5342);
        for local in [ext4, tmpfs, xfs] {
            assert_eq!(network(local), None);
        }
    }

    #[test]
    fn the_mount_table_names_the_kind_of_fuse() {
        let mounts = "36 35 0:52 / /mnt rw - fuse.sshfs host:/ rw\n\
                      37 35 0:53 / /home/a\\040b rw shared:1 - fuse.gocryptfs x rw\n";
        let device = |minor| rustix::fs::makedev(0, minor);
        assert_eq!(mounted_type(mounts, device(52)), Some("fuse.sshfs"));
        assert_eq!(mounted_type(mounts, device(53)), Some("fuse.gocryptfs"));
        assert_eq!(mounted_type(mounts, device(54)), None);
    }

    #[test]
    fn this_machine_keeps_its_temporary_files_at_home() {
        refuse(&std::env::temp_dir()).expect("a local file system");
    }
}
