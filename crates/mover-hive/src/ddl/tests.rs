//! Tests of HiveQL: one golden table, and quoting.

use super::*;
use crate::classify::Class;
use crate::samples;
use crate::translate::Translator;
use proptest::prelude::*;

#[test]
fn a_translated_table_reads_as_it_should() {
    let translator = Translator::new(&samples::config(), "nightly").expect("a translator");
    let table = translator.table(&samples::table(), Class::LegacyManaged).expect("translated");
    let partition = translator.partition(&samples::partition()).expect("translated");
    let sql = [
        create_database(&translator.database(&Database::new("sales"))),
        create_table(&table),
        add_partitions(&table, std::slice::from_ref(&partition)),
        set_partition_location(&table, &partition, "hdfs://upper:8020/a"),
        set_table_location(&table, "hdfs://upper:8020/b"),
        set_properties(&table, &[("external.table.purge", "true")]),
        drop_table(&table),
    ];
    assert_eq!(sql.join("\n"), include_str!("golden.sql"), "{}", sql.join("\n"));
}

#[test]
fn views_are_written_with_their_columns() {
    let mut view = Table::new("d", "v");
    view.set_table_type(Some("VIRTUAL_VIEW"));
    view.set_columns(&[Column { name: "a", type_name: "int", comment: Some("one") }]);
    view.set_view_expanded_text(Some("SELECT `t`.`a` FROM `d`.`t`"));
    let sql = "CREATE VIEW `d`.`v` (\n  `a` COMMENT 'one')\nAS SELECT `t`.`a` FROM `d`.`t`;\n";
    assert_eq!(create_view(&view), sql);
    assert_eq!(create_table(&view), sql);
    assert_eq!(drop_table(&view), "DROP VIEW IF EXISTS `d`.`v`;\n");
}

#[test]
fn a_table_without_columns_has_no_brackets() {
    let mut table = Table::new("d", "t");
    table.set_table_type(Some("MANAGED_TABLE"));
    assert_eq!(create_table(&table), "CREATE TABLE `d`.`t`;\n");
}

#[test]
fn names_and_texts_are_quoted() {
    for (plain, quoted) in [("a", "`a`"), ("select", "`select`"), ("a`b", "`a``b`")] {
        assert_eq!(name(plain), quoted);
    }
    for (plain, quoted) in [
        ("a", "'a'"),
        ("it's", "'it\\'s'"),
        ("a\\", "'a\\\\'"),
        ("a;b\n\t\r", "'a\\073b\\n\\t\\r'"),
        ("\u{1}", "'\\u0001'"),
        ("é\u{1F600}\"", "'é\u{1F600}\"'"),
        ("", "''"),
    ] {
        assert_eq!(text(plain), quoted);
    }
}

proptest! {
    #[test]
    fn no_text_ends_its_literal_early(plain in "[a'\\\\;\n\u{0}\u{1}]{0,12}") {
        let literal = text(&plain);
        let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let mut letters = inner.expect("quotes").chars();
        while let Some(letter) = letters.next() {
            prop_assert!(letter != '\'' && letter != ';' && !letter.is_control());
            if letter == '\\' {
                prop_assert!(letters.next().is_some(), "a quote would be escaped");
            }
        }
    }
}
