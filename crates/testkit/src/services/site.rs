//! Hadoop's XML configuration files.

use super::error::ServiceError;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Properties of one `*-site.xml`, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site(BTreeMap<String, String>);

impl Site {
    /// No property.
    pub fn new() -> Self {
        Site::default()
    }

    /// Sets one property; the last value wins.
    pub fn set(&mut self, name: impl Into<String>, value: impl ToString) -> &mut Self {
        self.0.insert(name.into(), value.to_string());
        self
    }

    /// Sets many properties.
    pub fn set_all<'a>(
        &mut self,
        properties: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> &mut Self {
        self.0.extend(properties.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The file's text.
    pub fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\"?>\n<configuration>\n");
        for (name, value) in &self.0 {
            let (name, value) = (escaped(name), escaped(value));
            let _infallible =
                writeln!(xml, "  <property><name>{name}</name><value>{value}</value></property>");
        }
        xml.push_str("</configuration>\n");
        xml
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), ServiceError> {
        fs::write(file, self.to_xml()).map_err(ServiceError::file("write", file))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_ordered_and_escaped_and_the_last_value_wins() {
        let mut site = Site::new();
        site.set("b", 1).set("a", "old").set_all([("a", "x<y&z"), ("c", "*")]);
        let lines: Vec<String> = site.to_xml().lines().map(str::to_owned).collect();
        assert_eq!(
            lines[2..5],
            [
                "  <property><name>a</name><value>x&lt;y&amp;z</value></property>",
                "  <property><name>b</name><value>1</value></property>",
                "  <property><name>c</name><value>*</value></property>",
            ]
        );
        assert_eq!(site.get("a"), Some("x<y&z"));
    }
}
