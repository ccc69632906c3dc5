//! Snapshots of the command line: stdout, stderr and exit status together.
