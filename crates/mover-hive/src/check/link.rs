//! "Link clusters": the settings with which servers of UPPER read LOWER's HDFS.
//!
//! Nothing is written and no server is asked; LOWER itself needs none of them.
//! Source: Hadoop, `hdfs-default.xml` and "HDFS High Availability".

use super::condition::Setting;
use super::hadoop::Properties;

const CORE: &str = "core-site.xml";
const HDFS: &str = "hdfs-site.xml";
/// What most clusters have.
const FAILOVER: &str = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider";
/// What stands where nobody told us.
const UNKNOWN: &str = "???";

/// What is known of both clusters.
pub(super) struct Clusters<'a> {
    /// The authority of a LOWER location that UPPER cannot reach: `ns1`, `host:8020`.
    pub(super) authority: &'a str,
    /// LOWER's client configuration.
    pub(super) lower: &'a Properties,
    /// UPPER's client configuration.
    pub(super) upper: &'a Properties,
    /// LOWER's realm, if it has Kerberos.
    pub(super) lower_realm: Option<&'a str>,
}

impl Clusters<'_> {
    /// The settings that UPPER's servers need, without those that UPPER's configuration has.
    pub(super) fn missing(&self) -> Vec<Setting> {
        let mut wanted = match self.is_name_service() {
            true => self.name_service(),
            false => Vec::new(),
        };
        if let Some(realm) = self.lower_realm {
            wanted.extend(self.trust(realm));
        }
        wanted.retain(|setting| self.upper.get(&setting.name) != Some(setting.value.as_str()));
        wanted
    }

    /// Whether the authority is a name that only a configuration resolves.
    pub(super) fn is_name_service(&self) -> bool {
        !self.authority.contains(':')
            && (self.lower.list("dfs.nameservices").contains(&self.authority)
                || !self.authority.contains('.'))
    }

    fn name_service(&self) -> Vec<Setting> {
        let name = self.authority;
        let known = |key: &str| self.lower.get(key).unwrap_or(UNKNOWN).to_owned();
        let mut own = self.upper.list("dfs.nameservices");
        own.retain(|service| *service != name);
        let upper = if own.is_empty() { UNKNOWN.to_owned() } else { own.join(",") };
        let nodes_key = format!("dfs.ha.namenodes.{name}");
        let mut settings = vec![
            setting(HDFS, "dfs.nameservices", format!("{upper},{name}")),
            setting(HDFS, "dfs.internal.nameservices", upper),
            setting(HDFS, &nodes_key, known(&nodes_key)),
        ];
        let mut nodes = self.lower.list(&nodes_key);
        if nodes.is_empty() {
            nodes.push(UNKNOWN);
        }
        for node in nodes {
            let key = format!("dfs.namenode.rpc-address.{name}.{node}");
            settings.push(setting(HDFS, &key, known(&key)));
        }
        let key = format!("dfs.client.failover.proxy.provider.{name}");
        let provider = self.lower.get(&key).unwrap_or(FAILOVER).to_owned();
        settings.push(setting(HDFS, &key, provider));
        settings
    }

    fn trust(&self, realm: &str) -> [Setting; 2] {
        let mine = format!("(.*@{}$)s/@.*//", realm.replace('.', "\\."));
        let rules = format!("RULE:[1:$1@$0]{mine} RULE:[2:$1@$0]{mine} DEFAULT");
        [
            setting(HDFS, "dfs.namenode.kerberos.principal.pattern", "*".into()),
            setting(CORE, "hadoop.security.auth_to_local", rules),
        ]
    }
}

fn setting(file: &'static str, name: &str, value: String) -> Setting {
    Setting { file, name: name.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::super::hadoop::properties;
    use super::*;

    fn lower() -> Properties {
        properties(
            "<property><name>dfs.nameservices</name><value>old</value></property>\
             <property><name>dfs.ha.namenodes.old</name><value>nn1,nn2</value></property>\
             <property><name>dfs.namenode.rpc-address.old.nn1</name><value>a:8020</value></property>\
             <property><name>dfs.namenode.rpc-address.old.nn2</name><value>b:8020</value></property>",
        )
    }

    fn missing(authority: &str, upper: &str, realm: Option<&str>) -> Vec<String> {
        let (lower, upper) = (lower(), properties(upper));
        let clusters = Clusters { authority, lower: &lower, upper: &upper, lower_realm: realm };
        let settings = clusters.missing();
        settings.iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect()
    }

    #[test]
    fn a_name_service_of_lower_is_spelt_out_beside_those_of_upper() {
        let own = "<property><name>dfs.nameservices</name><value>new</value></property>";
        let provider = format!("dfs.client.failover.proxy.provider.old={FAILOVER}");
        assert_eq!(
            missing("old", own, None),
            [
                "dfs.nameservices=new,old",
                "dfs.internal.nameservices=new",
                "dfs.ha.namenodes.old=nn1,nn2",
                "dfs.namenode.rpc-address.old.nn1=a:8020",
                "dfs.namenode.rpc-address.old.nn2=b:8020",
                provider.as_str(),
            ]
        );
    }

    #[test]
    fn what_upper_has_already_is_not_asked_for() {
        let own = "<property><name>dfs.nameservices</name><value>new,old</value></property>\
                   <property><name>dfs.ha.namenodes.old</name><value>nn1,nn2</value></property>";
        let missing = missing("old", own, None);
        assert_eq!(missing[0], "dfs.internal.nameservices=new");
        assert!(!missing.iter().any(|line| line.starts_with("dfs.ha.namenodes")), "{missing:?}");
    }

    #[test]
    fn a_host_needs_no_name_and_a_realm_needs_rules() {
        assert_eq!(missing("a:8020", "", None), Vec::<String>::new());
        assert_eq!(missing("host.example.org", "", None), Vec::<String>::new());
        let lines = missing("a:8020", "", Some("OLD.EXAMPLE"));
        assert_eq!(lines[0], "dfs.namenode.kerberos.principal.pattern=*");
        assert!(lines[1].contains("RULE:[2:$1@$0](.*@OLD\\.EXAMPLE$)s/@.*//"), "{lines:?}");
    }

    #[test]
    fn what_nobody_told_us_is_marked() {
        let missing = missing("other", "", None);
        assert_eq!(missing[2], "dfs.ha.namenodes.other=???");
    }
}
