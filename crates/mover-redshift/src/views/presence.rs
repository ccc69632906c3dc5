//! Which views a warehouse has, and lets us read.

use crate::wire::{Reason, Sql, Warehouse, reason};
use boatlift_core::{Code, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which families of views are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Views {
    /// All that are there.
    #[default]
    Auto,
    /// `STL_`, `SVL_` and `SVCS_`.
    Stl,
    /// `SYS_`.
    Sys,
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident = $probe:literal;)*) => {
        /// A view, or columns of one that only newer versions have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum View { $($(#[$doc])* $name,)* }

        impl View {
            const ALL: &[View] = &[$(View::$name,)*];

            fn probe(self) -> Sql {
                match self {
                    $(View::$name => Sql::new(concat!("select ", $probe, " where 1 = 0")),)*
                }
            }
        }
    };
}

views! {
    /// `STL_QUERY`.
    StlQuery = "query from stl_query";
    /// `STL_QUERYTEXT`.
    StlQueryText = "query from stl_querytext";
    /// `STL_UNDONE`.
    StlUndone = "xact_id_undone from stl_undone";
    /// `STL_LOAD_COMMITS`.
    StlLoadCommits = "query from stl_load_commits";
    /// `STL_LOAD_COMMITS.copy_job_id`.
    StlLoadJob = "copy_job_id from stl_load_commits";
    /// `STL_UNLOAD_LOG`.
    StlUnloadLog = "query from stl_unload_log";
    /// `SVL_S3LIST`.
    SvlS3List = "query from svl_s3list";
    /// `SVCS_S3LIST`, which knows of concurrency scaling too.
    SvcsS3List = "query from svcs_s3list";
    /// `SVL_S3QUERY_SUMMARY`.
    SvlS3QuerySummary = "query from svl_s3query_summary";
    /// `SYS_QUERY_HISTORY`.
    SysQueryHistory = "query_id from sys_query_history";
    /// `SYS_TRANSACTION_HISTORY`.
    SysTransactionHistory = "transaction_id, status from sys_transaction_history";
    /// `SYS_QUERY_TEXT`.
    SysQueryText = "query_id from sys_query_text";
    /// `SYS_LOAD_DETAIL`.
    SysLoadDetail = "query_id from sys_load_detail";
    /// `SYS_LOAD_DETAIL.file_etag` and `file_last_modified`.
    SysLoadEtag = "file_etag, file_last_modified from sys_load_detail";
    /// `SYS_LOAD_HISTORY.copy_job_id`.
    SysLoadJob = "copy_job_id from sys_load_history";
    /// `SYS_UNLOAD_DETAIL`.
    SysUnloadDetail = "query_id from sys_unload_detail";
    /// `SYS_EXTERNAL_QUERY_DETAIL`.
    SysExternalQueryDetail = "query_id from sys_external_query_detail";
}

impl View {
    fn family(self) -> Views {
        match self < View::SysQueryHistory {
            true => Views::Stl,
            false => Views::Sys,
        }
    }

    /// Whether it tells of nothing but what UNLOAD wrote.
    fn is_of_unloads(self) -> bool {
        matches!(self, View::StlUnloadLog | View::SysUnloadDetail)
    }
}

/// Which views are there, and why the others are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    absent: BTreeMap<View, String>,
    denied: BTreeMap<View, String>,
    wanted: Views,
}

impl Presence {
    /// Asks for every view of the families that are wanted. A view that the database does not
    /// know is absent, and one that it keeps from us is denied; anything else that it says is no
    /// answer to whether a view is there.
    ///
    /// # Errors
    /// [`Code::ServerRefused`] when no family can be read, with the reasons; what the database
    /// says when it cannot answer, and errors of the way.
    pub fn find(warehouse: &mut dyn Warehouse, wanted: Views) -> Result<Presence> {
        let mut presence = Presence { absent: BTreeMap::new(), denied: BTreeMap::new(), wanted };
        let is_wanted = |view: &&View| wanted == Views::Auto || wanted == view.family();
        for view in View::ALL.iter().filter(is_wanted) {
            let Err(error) = warehouse.query(&view.probe(), &mut |_| Ok(())) else { continue };
            let without = match reason(&error) {
                Some(Reason::Unknown) => &mut presence.absent,
                Some(Reason::Denied) => &mut presence.denied,
                None => return Err(error),
            };
            without.insert(*view, error.because.unwrap_or(error.tried));
        }
        match presence.stl() || presence.sys() {
            true => Ok(presence),
            false => Err(presence.nothing()),
        }
    }

    /// Whether a view can be read.
    #[must_use]
    pub fn has(&self, view: View) -> bool {
        self.why_not(view).is_none()
    }

    /// The views that are kept from us, each with the database's words; those of UNLOAD only
    /// where what it wrote is wanted.
    pub fn denied(&self, unloads: bool) -> impl Iterator<Item = (View, &str)> {
        let matters = move |(view, _): &(&View, &String)| unloads || !view.is_of_unloads();
        self.denied.iter().filter(matters).map(|(view, why)| (*view, why.as_str()))
    }

    /// Which views are read, as one word: what is read with others may be another reading.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digit = |view: &View| if self.has(*view) { '1' } else { '0' };
        let families = [self.stl(), self.sys()].map(|is_read| if is_read { '+' } else { '-' });
        families.into_iter().chain(View::ALL.iter().map(digit)).collect()
    }

    /// Why a view cannot be read, in the database's words.
    #[must_use]
    pub fn why_not(&self, view: View) -> Option<&str> {
        self.absent.get(&view).or_else(|| self.denied.get(&view)).map(String::as_str)
    }

    /// Whether the `STL_` family is read.
    #[must_use]
    pub fn stl(&self) -> bool {
        self.wanted != Views::Sys && self.has(View::StlQuery) && self.has(View::StlLoadCommits)
    }

    /// Whether the `SYS_` family is read.
    #[must_use]
    pub fn sys(&self) -> bool {
        self.wanted != Views::Stl
            && self.has(View::SysQueryHistory)
            && self.has(View::SysLoadDetail)
    }

    fn nothing(&self) -> Error {
        let needed = match self.wanted {
            Views::Auto | Views::Stl => [View::StlQuery, View::StlLoadCommits],
            Views::Sys => [View::SysQueryHistory, View::SysLoadDetail],
        };
        let reasons: Vec<_> = needed.iter().filter_map(|view| self.why_not(*view)).collect();
        Error::new(Code::ServerRefused, "cannot read the system views").because(reasons.join("; "))
    }
}
