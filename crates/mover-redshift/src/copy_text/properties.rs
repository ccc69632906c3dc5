//! What holds for every text: nothing panics, tokens are the text, untouched text survives.

use super::redacted::redact;
use super::tokens::{manner, tokens};
use super::*;
use crate::place::Place;
use proptest::prelude::*;

/// Pieces that statements are made of, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "copy ",
        "COPY",
        "unload (",
        ") to ",
        " from ",
        "'s3://b/k'",
        "'s3://b/k",
        "manifest",
        "\"",
        "'",
        "''",
        "\\",
        "\\'",
        "\\n",
        "\n",
        "--",
        "/*",
        "*/",
        "$$",
        "$a$",
        "E'",
        ";",
        "(",
        ")",
        ".",
        " credentials ",
        " as ",
        " json ",
        " region ",
        " iam_role ",
        "t",
        " job create j",
        "é",
        " with ",
        " access_key_id ",
        "'x'",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 1 => any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

/// Blanks and comments that may stand between two words.
fn gap() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        " ",
        "\n",
        "  \t",
        " /* a ' b */ ",
        " -- c \" d\n",
        "\n/* /* x */ */\n",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn tokens_are_the_text(text in text()) {
        let joined: String = tokens(&text, manner(&text, Completeness::Whole)).map(|token| token.text).collect();
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn nothing_panics_and_redaction_is_done_once(text in text()) {
        let redacted = SqlText::whole(&text).redact();
        prop_assert_eq!(redact(redacted.as_str(), redacted.manner()), redacted.as_str());
        for statement in statements(&redacted) {
            let Statement::Copy(copy) = statement else { continue };
            let place = |old: &Place, _: Purpose| Some(Place::new("n", old.key.clone()));
            let relocation = Relocation { place: &place, role: "r", region: Some("x") };
            let _ = rewrite(&redacted, &copy, &relocation);
        }
    }

    #[test]
    fn untouched_text_survives(
        gaps in prop::collection::vec(gap(), 9),
        order in Just(vec!["manifest", "csv", "null as 'x\\'y'", "iam_role default", "region 'r'"])
            .prop_shuffle(),
        key in "[a-z ?#%+&=]{1,12}",
    ) {
        let location = format!("'s3://b/{key}'");
        let mut words = vec!["copy", "t", "from", &location];
        words.extend(order);
        let text: String = words.iter().zip(gaps).map(|(w, gap)| format!("{w}{gap}")).collect();
        let redacted = SqlText::whole(&text).redact();
        prop_assert_eq!(redacted.as_str(), &text);
        let found = statements(&redacted);
        let [Statement::Copy(copy)] = found.as_slice() else {
            return Err(TestCaseError::fail(format!("{text}: {found:?}")));
        };
        let place = |old: &Place, _: Purpose| Some(Place::new("n", old.key.clone()));
        let relocation = Relocation { place: &place, role: "r", region: None };
        let rewritten = rewrite(&redacted, copy, &relocation).expect("writable").text;
        let expected = text.replace("'s3://b/", "'s3://n/");
        prop_assert!(expected.starts_with(&rewritten), "{rewritten}");
        prop_assert!(expected[rewritten.len()..].len() <= 24, "only a gap may follow");
    }

    #[test]
    fn a_secret_after_its_keyword_is_never_shown(
        before in prop::sample::select(vec!["", "/* x */", "select 1;", "-- y\n", "select 'a\\'b';"]),
        keyword in prop::sample::select(vec![
            "credentials", "with credentials as", "secret_access_key", "SESSION_TOKEN",
        ]),
        gap in gap(),
        cut in 0_usize..12,
    ) {
        let text = format!("{before} copy t from 's3://b/k' {keyword}{gap}'Zx9SecretQ7' csv");
        let text = &text[..text.len() - cut];
        let redacted = SqlText::new(text, Completeness::Cut).redact();
        prop_assert!(!redacted.as_str().contains("Zx9Secret"), "{}", redacted);
    }
}
