//! Golden reports.
