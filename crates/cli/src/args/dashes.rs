//! hms-mirror's options of several letters behind one dash, which clap does not know: what
//! was typed becomes what clap reads. Only behind the verb `hms-mirror`.

use std::ffi::{OsStr, OsString};

/// What hms-mirror's users type, and the option that it is here.
const SPELLINGS: [(&str, &str); 4] =
    [("-db", "--databases"), ("-cfg", "--config"), ("-tf", "--table-filter"), ("-dr", "--dry-run")];
/// The verb behind which they are known.
const VERB: &str = "hms-mirror";

/// The words of a command line as clap reads them.
pub(crate) fn translated(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let Some(verb) = position_of_verb(&words) else { return words };
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    for word in words.iter_mut().take(end).skip(verb + 1) {
        if let Some(meant) = meant(word) {
            *word = meant;
        }
    }
    words
}

/// The verb is the first word that is no option and no option's value.
fn position_of_verb(words: &[OsString]) -> Option<usize> {
    let mut is_value = false;
    for (at, word) in words.iter().enumerate().skip(1) {
        if !is_value && !word.as_encoded_bytes().starts_with(b"-") {
            return (word == VERB).then_some(at);
        }
        is_value = word == "--state-dir";
    }
    None
}

/// `-db` and `-db=a,b` alike. An unknown word of that form is given a second dash, so that
/// it is refused as a whole and not by its first letter.
fn meant(word: &OsStr) -> Option<OsString> {
    let text = word.to_str()?;
    let (option, value) = text.split_once('=').unwrap_or((text, ""));
    let known = SPELLINGS.iter().find(|(typed, _)| *typed == option).map(|(_, meant)| *meant);
    let is_long = option.len() > 2 && option.starts_with('-') && !option.starts_with("--");
    let is_counted = option.bytes().skip(1).all(|letter| letter == b'v' || letter == b'q');
    let meant = match known {
        Some(meant) => meant.to_owned(),
        None if is_long && !is_counted => format!("-{option}"),
        None => return None,
    };
    Some(match text.contains('=') {
        true => format!("{meant}={value}").into(),
        false => meant.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> String {
        let words = translated(line.split(' ').map(OsString::from));
        words.join(OsStr::new(" ")).into_string().expect("text")
    }

    #[test]
    fn every_spelling_of_hms_mirror_is_read() {
        assert_eq!(
            words("boatlift hms-mirror -m DIRECT -db a,b -cfg c.yaml -tf t.* -dr -o out -r -vv"),
            "boatlift hms-mirror -m DIRECT --databases a,b --config c.yaml --table-filter t.* \
             --dry-run -o out -r -vv"
        );
        assert_eq!(
            words("boatlift --quiet hms-mirror -db=a"),
            "boatlift --quiet hms-mirror --databases=a"
        );
        assert_eq!(
            words("boatlift --state-dir hms-mirror hms-mirror -dr"),
            "boatlift --state-dir hms-mirror hms-mirror --dry-run"
        );
    }

    #[test]
    fn other_verbs_and_what_follows_two_dashes_stay_as_typed() {
        for line in
            ["boatlift run -db x", "boatlift", "boatlift hms-mirror -- -db", "boatlift -db hms"]
        {
            assert_eq!(words(line), line);
        }
    }

    #[test]
    fn an_unknown_option_is_refused_as_a_whole() {
        assert_eq!(words("boatlift hms-mirror -dbs a"), "boatlift hms-mirror --dbs a");
    }
}
