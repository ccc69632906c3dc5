//! A move that pins versions: clones of what a warehouse loaded.

use super::Bench;
use super::programs::{Place, Programs};
use crate::bench::{Result, Taken};
use crate::services::redshift::{
    Ending, Load, LoadedFile, Query, Redshift, RedshiftOptions, Workload,
};
use jiff::{SignedDuration, Timestamp};
use std::process::{Command, Stdio};

/// How long before now the window of the move begins.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// A warehouse that has loaded some objects, all with the same content.
pub(super) struct Pinned {
    warehouse: Redshift,
    began: Timestamp,
}

impl Pinned {
    /// Starts a warehouse whose views say that it loaded `keys`, as they are now.
    pub(super) fn loaded(lower: Place<'_>, keys: &[String]) -> Result<Pinned> {
        let pinned = Pinned {
            warehouse: Redshift::start(RedshiftOptions::default())?,
            began: Timestamp::now().checked_sub(WINDOW)?,
        };
        let etag = etag(lower)?;
        let now = Timestamp::now();
        let files = keys.iter().map(|key| LoadedFile {
            uri: format!("{}/{key}", lower.url()),
            bytes: 1,
            lines: 1,
            etag: Some(etag.clone()),
            modified: Some(now),
        });
        let source = format!("{}/", lower.url());
        let query = Query {
            id: 1,
            user: 100,
            database: pinned.warehouse.endpoint().database.clone(),
            text: format!("copy t from '{source}'"),
            started: now,
            ended: now,
            ending: Ending::Success,
        };
        let load = Load { query, table: "t".to_owned(), source, files: files.collect() };
        pinned.warehouse.fill(&Workload { loads: vec![load], ..Workload::default() })?;
        Ok(pinned)
    }

    /// Runs the move that clones all of it into `upper`.
    pub(super) fn cloned(
        &self,
        bench: &Bench,
        programs: &Programs<'_>,
        upper: Place<'_>,
    ) -> Result<Taken> {
        let home = tempfile::Builder::new().prefix("boatlift-bench-").tempdir()?;
        let file = home.path().join("move.yaml");
        std::fs::write(&file, self.move_file(upper))?;
        let mut command: Command = programs.program(&bench.boatlift, upper.server);
        command.arg("run").arg(&file).arg("--state-dir").arg(home.path().join("state"));
        command.env("PASSWORD", &self.warehouse.endpoint().password).stdin(Stdio::null());
        programs.timed(&command)
    }

    fn move_file(&self, upper: Place<'_>) -> String {
        let (sql, server) = (self.warehouse.endpoint(), upper.server);
        let aws = format!("{{region: {}, endpoint-url: \"{}\"}}", server.region, server.url);
        format!(
            "move: clones\nmover: redshift\nredshift:\n\
             \x20 lower:\n\
             \x20   endpoint: {}:{}/{}\n\
             \x20   login: {{password: {{user: {}, password: env:PASSWORD}}}}\n\
             \x20   tls: off\n\
             \x20   aws: {aws}\n\
             \x20 upper: {{location: \"{}/clones\", aws: {aws}}}\n\
             \x20 window: {{start: {}}}\n",
            sql.host,
            sql.port,
            sql.database,
            sql.user,
            upper.url(),
            self.began,
        )
    }
}

/// The entity tag of the first object of a bucket, without quotes.
fn etag(place: Place<'_>) -> Result<String> {
    let server = place.server;
    let listed =
        server.call(&server.owner, "GET", &format!("{}?max-keys=1", place.bucket), None)?;
    let tag = listed.split_once("<ETag>").and_then(|(_, rest)| rest.split_once("</ETag>"));
    let (tag, _) = tag.ok_or("the listing names no entity tag")?;
    Ok(tag.replace("&quot;", "").replace('"', ""))
}
