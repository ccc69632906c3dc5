//! Tests of scopes.

use super::*;

fn scope(settings: ScopeSettings) -> Scope {
    Scope::new(&settings, &DatabaseNames::default()).expect("a scope")
}

fn names(prefix: &str, rename: &[(&str, &str)]) -> Result<Scope, String> {
    let rename = rename.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    Scope::new(
        &ScopeSettings::default(),
        &DatabaseNames { prefix: prefix.into(), rename, ..Default::default() },
    )
}

#[test]
fn without_settings_everything_takes_part() {
    let all = scope(ScopeSettings::default());
    assert!(all.takes_database("a") && all.takes_table("t") && all.takes_views());
    assert_eq!(all.takes_partitions(&["a=1", "a=2"]), [0, 1]);
}

#[test]
fn databases_are_taken_by_name_or_expression_whatever_their_case() {
    let some = scope(ScopeSettings {
        databases: vec!["Sales".into()],
        database_regex: Some("web_.*".into()),
        ..ScopeSettings::default()
    });
    for (name, taken) in
        [("sales", true), ("SALES", true), ("WEB_1", true), ("web", false), ("sales2", false)]
    {
        assert_eq!(some.takes_database(name), taken, "{name}");
    }
}

#[test]
fn expressions_match_whole_names() {
    let some = scope(ScopeSettings {
        table_regex: Some("a|b.*".into()),
        exclude_regex: Some(".*_tmp".into()),
        ..ScopeSettings::default()
    });
    for (name, taken) in [
        ("a", true),
        ("ab", false),
        ("B1", true),
        ("xb", false),
        ("b_tmp", false),
        ("b_tmp2", true),
    ] {
        assert_eq!(some.takes_table(name), taken, "{name}");
    }
}

#[test]
fn an_expression_cannot_break_out_of_its_brackets() {
    let settings = ScopeSettings { table_regex: Some("a)|(b".into()), ..ScopeSettings::default() };
    let refused = Scope::new(&settings, &DatabaseNames::default()).expect_err("refused");
    assert!(refused.starts_with("scope.table-regex:"), "{refused}");
}

#[test]
fn names_lead_there_and_back() {
    let scope = names("old_", &[("Default", "legacy")]).expect("a scope");
    for (lower, upper) in [("SALES", "old_sales"), ("default", "legacy")] {
        assert_eq!(scope.upper_database(lower), upper);
        assert_eq!(scope.lower_database(upper), Some(lower.to_lowercase()));
    }
    assert_eq!(scope.lower_database("sales"), None);
    // `default` is `legacy` there; `old_default` is nobody's.
    assert_eq!(scope.lower_database("old_default"), None);
    assert!(!scope.keeps_names() && names("", &[]).expect("a scope").keeps_names());
}

#[test]
fn databases_that_would_become_one_are_refused() {
    names("", &[("a", "x"), ("b", "X")]).expect_err("two renamed to one");
    let scope = names("", &[("a", "b")]).expect("a scope");
    scope.check_databases(["a", "c"]).expect("apart");
    let refused = scope.check_databases(["a", "b"]).expect_err("together");
    assert!(refused.contains("`a` and `b`"), "{refused}");
}

#[test]
fn new_names_are_plain() {
    names("p-", &[]).expect_err("a dash");
    names("", &[("a", "")]).expect_err("an empty name");
    names("", &[("a", "b.c")]).expect_err("a dot");
}

#[test]
fn a_table_belongs_to_the_first_wave_that_matches_its_whole_name() {
    let pattern = |text: &str| Pattern::try_from(text.to_owned()).expect("an expression");
    let waves = vec![
        vec![pattern("sales[.]fact_.*|sales[.]dim"), pattern("web[.]a")],
        vec![pattern(".*[.]FACT_x"), pattern("sales[.].*")],
    ];
    let settings = ScopeSettings { waves, ..ScopeSettings::default() };
    let scope = Scope::new(&settings, &DatabaseNames::default()).expect("a scope");
    assert_eq!(scope.waves(), 3);
    for (database, table, wave) in [
        ("sales", "fact_x", 0),
        ("SALES", "DIM", 0),
        ("sales", "dim2", 1),
        ("web", "fact_x", 1),
        ("web", "ab", 2),
    ] {
        assert_eq!(scope.wave_of(database, table), wave, "{database}.{table}");
    }
    let plain = Scope::new(&ScopeSettings::default(), &DatabaseNames::default()).expect("a scope");
    assert_eq!((plain.waves(), plain.wave_of("a", "b")), (1, 0));
}

#[test]
fn too_many_waves_are_refused() {
    let wave = || vec![Pattern::try_from("a".to_owned()).expect("an expression")];
    let waves = (0..51).map(|_| wave()).collect();
    let settings = ScopeSettings { waves, ..ScopeSettings::default() };
    let refused = Scope::new(&settings, &DatabaseNames::default()).expect_err("refused");
    assert_eq!(refused, "scope.waves: 51 are more than 50");
}
