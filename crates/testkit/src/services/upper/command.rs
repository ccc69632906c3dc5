//! A program that plays `hadoop`: a shell script in the stack's folder, so that whatever is
//! configured with the path of `hadoop` runs against this stack.

use super::SUPERUSER;
use crate::services::error::ServiceError;
use crate::services::kerberos::Security;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes the script. Like the real one it knows its sub-commands (`distcp`, `fs`, and any
/// class by name) and takes another configuration folder from `HADOOP_CONF_DIR` and the
/// user from `HADOOP_USER_NAME`; without, it is the superuser. With Kerberos, it is whoever the
/// tickets in `KRB5CCNAME` are for.
pub(super) fn write(
    folder: &Path,
    conf: &Path,
    jars: &Path,
    security: &Security,
) -> Result<(), ServiceError> {
    let option = match security {
        Security::Simple => String::new(),
        Security::Kerberos(realm) => {
            format!("-Djava.security.krb5.conf={} ", realm.configuration().display())
        }
    };
    let script = folder.join("hadoop");
    let text = format!(
        r#"#!/bin/sh
case "$1" in
    distcp) class=org.apache.hadoop.tools.DistCp ;;
    fs) class=org.apache.hadoop.fs.FsShell ;;
    *) class="$1" ;;
esac
shift
export HADOOP_USER_NAME="${{HADOOP_USER_NAME:-{SUPERUSER}}}"
conf="${{HADOOP_CONF_DIR:-{conf}}}"
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    {option}--add-opens=java.base/java.lang=ALL-UNNAMED \
    -cp "$conf:{jars}/*" "$class" "$@"
"#,
        conf = conf.display(),
        jars = jars.display()
    );
    fs::write(&script, text).map_err(ServiceError::file("write", &script))?;
    fs::set_permissions(&script, Permissions::from_mode(0o755))
        .map_err(ServiceError::file("make executable", &script))
}
