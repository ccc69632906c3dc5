//! How the journal is laid out on disk.
//!
//! `events` is the truth; every other table follows from it and is changed in the same
//! transaction. A step here is never changed once released: a newer layout is a new step.

use crate::database::Kind;

/// The journal as a kind of file: `BLJ` and a zero in its header.
pub(super) const JOURNAL: Kind =
    Kind { name: "journal", application_id: 0x424C_4A00, steps: &[VERSION_1] };

const VERSION_1: &str = r#"
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE move (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    move_id TEXT NOT NULL, name TEXT NOT NULL, mover TEXT NOT NULL,
    term INTEGER NOT NULL DEFAULT 0, paused_by TEXT, limits TEXT,
    last_leaving INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY,
    term INTEGER NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, version TEXT NOT NULL,
    begun_ms INTEGER NOT NULL, ended_ms INTEGER, ending TEXT, error TEXT
) STRICT;
CREATE TABLE groups (
    "group" INTEGER PRIMARY KEY, phase TEXT NOT NULL, since_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE roots (
    "group" INTEGER, route INTEGER, lower TEXT NOT NULL, upper TEXT NOT NULL,
    PRIMARY KEY ("group", route)
) STRICT, WITHOUT ROWID;
CREATE TABLE agreed (
    "group" INTEGER, route INTEGER, segment TEXT NOT NULL,
    PRIMARY KEY ("group", route)
) STRICT, WITHOUT ROWID;
CREATE TABLE verifies (
    "group" INTEGER, route INTEGER, mode TEXT NOT NULL, agreed TEXT NOT NULL, seed TEXT,
    pages INTEGER NOT NULL, tally TEXT NOT NULL, done INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY ("group", route)
) STRICT, WITHOUT ROWID;
CREATE TABLE plans (
    number INTEGER PRIMARY KEY, "group" INTEGER NOT NULL, made_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'dropped')),
    approved_by TEXT, plan TEXT NOT NULL
) STRICT;
CREATE TABLE settled (
    plan INTEGER, route INTEGER, PRIMARY KEY (plan, route)
) STRICT, WITHOUT ROWID;
CREATE TABLE holes (
    plan INTEGER, route INTEGER, side TEXT, under BLOB, error TEXT NOT NULL,
    PRIMARY KEY (plan, route, side, under)
) STRICT, WITHOUT ROWID;
CREATE TABLE stages (
    plan INTEGER, route INTEGER, stage INTEGER, tally TEXT,
    PRIMARY KEY (plan, route, stage)
) STRICT, WITHOUT ROWID;
CREATE TABLE bundles (
    plan INTEGER, route INTEGER, stage INTEGER, bundle INTEGER, tally TEXT NOT NULL,
    PRIMARY KEY (plan, route, stage, bundle)
) STRICT, WITHOUT ROWID;
CREATE TABLE notes (
    plan INTEGER, route INTEGER, key BLOB, note TEXT NOT NULL,
    PRIMARY KEY (plan, route, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE skips (
    key BLOB PRIMARY KEY, reason TEXT NOT NULL, by TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE leavings (
    id INTEGER PRIMARY KEY, leaving TEXT NOT NULL
) STRICT;
CREATE TABLE saga (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL
) STRICT;
CREATE TABLE hourly (
    hour INTEGER, kind TEXT, tally TEXT NOT NULL, PRIMARY KEY (hour, kind)
) STRICT, WITHOUT ROWID;
"#;
