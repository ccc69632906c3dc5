//! Where the clones of places are, for what points at them: locations of the Data Catalog and
//! COPY statements. What is not cloned whole is pointed at where it was, since nobody would miss
//! the rest otherwise.

use crate::harvest::{Count, Harvest, after_all};
use crate::layout::{Family, Layout};
use crate::objects::Agreed;
use crate::place::Place;
use boatlift_core::Result;
use std::sync::Arc;

/// The clones of a move.
pub(crate) struct Clones {
    pub(crate) harvest: Arc<Harvest>,
    pub(crate) layout: Layout,
    /// Where they lie: a prefix that ends in `/` or is empty.
    pub(crate) target: Place,
    /// What people left out, in a run; the harvest has that of the last one.
    pub(crate) agreements: Agreed,
}

/// What is at the end of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// The clone is there; what else is to be said of it.
    Clone(Place, Option<String>),
    /// There is none, or not of all of it, and why.
    Stays(String),
}

impl Clones {
    /// The clone of a location of Spectrum: an object, or a folder with all that was touched in it.
    pub(crate) fn of_location(&self, place: &Place) -> Found {
        let below = self.layout.below(Family::Spectrum, place);
        let stays = self.why_location_stays(place, &below);
        let stays = stays.unwrap_or_else(|error| Some(format!("cannot be looked up: {error}")));
        stays.map_or_else(|| Found::Clone(self.clone_at(&below), None), Found::Stays)
    }

    fn why_location_stays(&self, place: &Place, below: &str) -> Result<Option<String>> {
        let harvest = &self.harvest;
        if !harvest.has_folder(below)? {
            return Ok(Some("has no clone".to_owned()));
        }
        let folder = format!("{}/", below.trim_end_matches('/'));
        let folder = if below.ends_with('/') { below } else { &folder };
        if let Some(other) = harvest.stranger_below(folder, place)? {
            return Ok(Some(format!("shares its folder of clones with bucket {other}")));
        }
        for (from, until) in [(below, format!("{below}\0")), (folder, after_all(folder))] {
            if let Some((row, why)) = harvest.hindered(from, &until)? {
                return Ok(Some(format!("holds {}, not cloned: {why}", row.candidate.place)));
            }
            if let Some((key, why)) = self.left_out(from, &until)? {
                return Ok(Some(format!("holds {key}, left out: {why}")));
            }
        }
        let question = harvest.question_over(Family::Spectrum, place)?;
        Ok(question.and_then(|row| {
            let why = row.hindrance()?;
            Some(format!("may hold more: {} is not cloned: {why}", row.candidate.place))
        }))
    }

    /// What a person left out in this range of keys.
    fn left_out(&self, from: &str, until: &str) -> Result<Option<(String, String)>> {
        let Some(agreements) = self.agreements.get() else { return Ok(None) };
        let left_out = agreements
            .left_out_by_people()?
            .into_iter()
            .map(|(key, why)| (String::from_utf8_lossy(key.as_key().as_bytes()).into_owned(), why));
        let mut in_range = left_out.filter(|(key, _)| from <= key.as_str() && key.as_str() < until);
        Ok(in_range.next())
    }

    /// The clone of one object that a COPY names.
    pub(crate) fn of_object(&self, place: &Place) -> Found {
        let below = self.layout.below(Family::Copy, place);
        match self.harvest.is_cloned(&below) {
            Ok(true) => Found::Clone(self.clone_at(&below), None),
            Ok(false) => Found::Stays("has no clone".to_owned()),
            Err(error) => Found::Stays(format!("cannot be looked up: {error}")),
        }
    }

    /// The clones of all objects whose keys begin as a COPY says.
    pub(crate) fn of_prefix(&self, place: &Place) -> Found {
        let below = self.layout.below(Family::Copy, place);
        let stranger = self.harvest.stranger_below(&below, place);
        let found = stranger.and_then(|other| Ok((other, self.harvest.count_below(&below)?)));
        match found {
            Err(error) => Found::Stays(format!("cannot be looked up: {error}")),
            Ok((Some(other), _)) => Found::Stays(format!(
                "shares its prefix among the clones with objects of bucket {other}, which it would load"
            )),
            Ok((None, Count { cloned: 0, .. })) => Found::Stays("has no clone".to_owned()),
            Ok((None, Count { cloned, others })) => {
                let all = cloned + others;
                let remark = (others > 0).then(|| format!("{cloned} of {all} objects are cloned"));
                Found::Clone(self.clone_at(&below), remark)
            }
        }
    }

    fn clone_at(&self, below: &str) -> Place {
        Place::new(self.target.bucket.clone(), format!("{}{below}", self.target.key))
    }
}

#[cfg(test)]
mod tests;
