//! The statements by which a cluster sees the cloned databases.

use super::options::DatabaseNames;
use std::fmt::Write;

/// Statements that make the external schemas anew, each with LOWER's name of the schema and
/// of its database. `role` is the ARN of the role that reads the clones, or a placeholder;
/// `region` is that of the clones' catalogue.
#[must_use]
pub fn external_schemas<'a>(
    schemas: impl IntoIterator<Item = (&'a str, &'a str)>,
    names: &DatabaseNames,
    region: &str,
    role: &str,
) -> String {
    let mut text = String::from("-- External schemas over the cloned databases.\n");
    for (schema, database) in schemas {
        // Writing into a string does not fail.
        let _ = write!(
            text,
            "\nCREATE EXTERNAL SCHEMA IF NOT EXISTS {}\nFROM DATA CATALOG\n\
             DATABASE {}\nREGION {}\nIAM_ROLE {};\n",
            quoted(schema, '"'),
            quoted(&names.upper(database), '\''),
            quoted(region, '\''),
            quoted(role, '\''),
        );
    }
    text
}

/// A name or text in its quotes. Redshift reads a backslash in a text as an escape.
fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::from(quote);
    for letter in text.chars() {
        if letter == quote || (letter == '\\' && quote == '\'') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_the_database_is_the_clone() {
        let names = DatabaseNames { suffix: "_clone".into(), ..DatabaseNames::default() };
        let schemas = [("Spec\"trum", "sales"), ("other", "it's")];
        let text = external_schemas(schemas, &names, "eu-west-1", "<role ARN>");
        let expected = "-- External schemas over the cloned databases.\n\
            \nCREATE EXTERNAL SCHEMA IF NOT EXISTS \"Spec\"\"trum\"\nFROM DATA CATALOG\n\
            DATABASE 'sales_clone'\nREGION 'eu-west-1'\nIAM_ROLE '<role ARN>';\n\
            \nCREATE EXTERNAL SCHEMA IF NOT EXISTS \"other\"\nFROM DATA CATALOG\n\
            DATABASE 'it''s_clone'\nREGION 'eu-west-1'\nIAM_ROLE '<role ARN>';\n";
        assert_eq!(text, expected);
    }
}
