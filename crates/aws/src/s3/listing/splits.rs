//! Places at which a range of keys is split in two that both hold something.
//!
//! Folders next to the one that is being listed are asked for first: one request names up to a
//! thousand. Where there are none, as below a folder with nothing but objects, single keys are
//! asked for at bytes half-way, also above those that can be printed.

use crate::s3::bucket::Bucket;
use crate::s3::errors::Answer;
use crate::s3::list;

/// Places that are told at once.
const MOST_PLACES: usize = 8;
/// Single keys that are asked for in one search.
const MOST_PROBES: u64 = 24;
/// Folders above the one in hand whose neighbours are asked for.
const MOST_LEVELS: usize = 12;
/// It sorts after every other character.
const LAST: char = char::MAX;

/// Places after `after` and before `until`, in order, with the number of requests it took to
/// find them. Behind each there is at least one key.
pub(super) async fn find(
    bucket: &Bucket,
    after: &str,
    until: Option<&str>,
) -> Answer<(Vec<String>, u64)> {
    let prefix = bucket.prefix();
    let below = after.strip_prefix(prefix).unwrap_or_default();
    let mut requests = 0;
    let mut folder = prefix.len();
    for (slash, _) in below.match_indices('/').take(MOST_LEVELS) {
        let own_end = prefix.len() + slash + 1;
        requests += 1;
        let places = neighbours(bucket, &after[..folder], &after[..own_end], until).await?;
        if !places.is_empty() {
            return Ok((spread(places), requests));
        }
        folder = own_end;
    }
    let (place, probes) = halfway(bucket, &after[..folder], after, until).await?;
    Ok((place.into_iter().collect(), requests + probes))
}

/// What comes in `folder` after its folder `own`: folders and objects.
async fn neighbours(
    bucket: &Bucket,
    folder: &str,
    own: &str,
    until: Option<&str>,
) -> Answer<Vec<String>> {
    let after = format!("{own}{LAST}");
    let page = list::page(bucket, folder, Some(&after), Some("/"), None).await?;
    let objects = page.objects.into_iter().map(|object| object.key);
    let mut places: Vec<String> = page.folders.into_iter().chain(objects).collect();
    places.retain(|place| place.as_str() > own && until.is_none_or(|until| place.as_str() < until));
    places.sort_unstable();
    Ok(places)
}

/// A few of many, at even distances.
fn spread(places: Vec<String>) -> Vec<String> {
    let step = places.len().div_ceil(MOST_PLACES).max(1);
    places.into_iter().step_by(step).collect()
}

/// A place between `after` and the end of `folder` or `until`, found by asking for single
/// keys.
async fn halfway(
    bucket: &Bucket,
    folder: &str,
    after: &str,
    until: Option<&str>,
) -> Answer<(Option<String>, u64)> {
    let mut high = match until.filter(|until| until.starts_with(folder)) {
        Some(until) => until.to_owned(),
        None => format!("{folder}{LAST}"),
    };
    for probe in 0..MOST_PROBES {
        let Some(place) = between(after, &high) else { return Ok((None, probe)) };
        let page = list::page(bucket, folder, Some(&place), None, Some(1)).await?;
        match page.objects.first().filter(|found| found.key < high) {
            Some(_) => return Ok((Some(place), probe + 1)),
            None => high = place,
        }
    }
    Ok((None, MOST_PROBES))
}

/// A text about half-way between two, `low` before `high`; `None` when there is none that a
/// few more characters could tell apart.
fn between(low: &str, high: &str) -> Option<String> {
    let (mut lows, mut highs) = (low.chars(), high.chars());
    let mut place = String::new();
    loop {
        let (one, other) = (lows.next(), highs.next());
        if one == other {
            place.push(one?);
            continue;
        }
        let (one, other) = (one.map_or(0, u32::from), other.map_or(u32::from(LAST), u32::from));
        if let Some(middle) = middle(one, other) {
            place.push(middle);
            return Some(place);
        }
        // Neighbours: whatever begins like `low` and goes on higher lies between.
        place.push(char::from_u32(one)?);
        let next = lows.next().map_or(0, u32::from);
        place.push(middle(next, u32::from(LAST))?);
        return Some(place).filter(|place| place.as_str() < high);
    }
}

/// A character between two, neither of them. First what can be printed is told from what
/// comes above it: there are a million of the latter, and few are ever used.
fn middle(low: u32, high: u32) -> Option<char> {
    const ABOVE_ASCII: u32 = 0x7f;
    if low < ABOVE_ASCII && high > ABOVE_ASCII + 1 {
        return char::from_u32(ABOVE_ASCII);
    }
    let low = if high <= ABOVE_ASCII { low.max(0x20) } else { low };
    let middle = low + high.checked_sub(low)? / 2;
    (middle > low && middle < high).then(|| char::from_u32(middle)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_between_whatever_it_is_between() {
        for (low, high) in [
            ("a", "z"),
            ("part-00001", "part-09999"),
            ("a/b", "a/b/c"),
            ("", "\u{10ffff}"),
            ("ab", "ac"),
            ("é", "😀"),
            ("a\u{d7ff}", "a\u{e000}"),
        ] {
            if let Some(place) = between(low, high) {
                assert!(low < place.as_str() && place.as_str() < high, "{low} {place} {high}");
            }
        }
        assert_eq!(between("a", "z").as_deref(), Some("m"));
    }

    #[test]
    fn halving_ends() {
        let mut high = format!("a/{LAST}");
        let mut steps = 0;
        while let Some(place) = between("a/part-1", &high) {
            assert!("a/part-1" < place.as_str() && place < high && steps < 100, "{place}");
            (high, steps) = (place, steps + 1);
        }
        assert!(high.as_str() > "a/part-1");
    }

    #[test]
    fn a_thousand_folders_give_a_few_places() {
        let places = (0..1000).map(|number| format!("{number:04}/")).collect();
        let few = spread(places);
        assert_eq!(few.len(), MOST_PLACES);
        assert!(few.is_sorted());
    }
}
