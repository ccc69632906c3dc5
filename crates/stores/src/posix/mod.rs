//! A directory as a store, and the local lane between two of them.
//!
//! Nothing outside the root is ever touched: each way down begins at the root's own
//! descriptor and follows no symbolic link ([`way`]), and what is done is done to a name
//! in a directory reached so. No inventory lists our own names.

mod align;
mod apply;
mod attributes;
mod birth;
mod carry;
mod content;
mod directories;
mod errors;
mod facets;
mod facts;
mod hands;
mod lane;
mod link;
mod listing;
mod look;
mod make_directory;
mod mark;
mod meter;
mod names;
mod node;
mod place;
mod read_back;
mod remove;
mod rename;
mod root;
mod scouts;
mod settle;
mod source;
mod stream;
mod way;

use boatlift_core::key::TEMPORARY_PREFIX;
use boatlift_core::store::{Content, Detail, ListRequest, Listing, RootFacts};
use boatlift_core::{
    Code, Digest, Error, Facets, FacetsRef, Key, Lane, Outcome, Page, Result, Store,
};
use directories::Directories;
use errors::{Halt, failed};
use lane::LocalLane;
use root::Root;
use rustix::fs::{AtFlags, Mode, OFlags, fsync, openat, unlinkat};
use rustix::io::Errno;
use std::any::Any;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

/// A directory tree.
#[derive(Debug)]
pub struct PosixStore {
    root: Arc<Root>,
}

impl PosixStore {
    /// Opens the directory at `path`, relative or absolute, and holds on to it.
    ///
    /// # Errors
    /// [`Code::RootMissing`] when there is no directory, [`Code::RootUnreadable`] when it
    /// cannot be read.
    pub fn open(path: &Path) -> Result<Arc<PosixStore>> {
        Ok(Arc::new(PosixStore { root: Arc::new(Root::open(path)?) }))
    }

    fn directories(&self) -> Result<Directories<'_>> {
        let subject = self.root.path().display();
        Directories::below(&self.root).map_err(failed(
            Code::RootUnreadable,
            "cannot open root",
            subject,
        ))
    }
}

impl Store for PosixStore {
    fn facts(&self) -> Result<RootFacts> {
        facts::facts(&self.root)
    }

    fn prove_writable(&self) -> Result<()> {
        let name = [TEMPORARY_PREFIX, b"probe"].concat();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&*self.root, &name[..], flags, Mode::RUSR | Mode::WUSR)
            .and_then(fsync)
            .and_then(|()| unlinkat(&*self.root, &name[..], AtFlags::empty()))
            .map_err(|errno| {
                let subject = self.root.path().display();
                let error = failed(Code::RootUnwritable, "cannot write below root", subject)(errno);
                Error { code: Code::RootUnwritable, ..error }
            })
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        let listing = listing::TreeListing::begin(Arc::clone(&self.root), request)?;
        Ok(Box::new(listing))
    }

    fn look(&self, key: Key<'_>, detail: Detail) -> Result<Option<Vec<u8>>> {
        let key = checked(key)?;
        let parent = match self.directories()?.find(key.parent()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            answer => answer.map_err(failed(Code::ListingFailed, "cannot look at", key))?,
        };
        listing::look(&self.root, &parent, key, detail).map_err(failed(
            Code::ListingFailed,
            "cannot look at",
            key,
        ))
    }

    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        stream::read(&self.root, checked(key)?)
    }

    fn write(&self, key: Key<'_>, facets: &Facets<'_>, body: &mut dyn Read) -> Result<Digest> {
        stream::write(&self.root, checked(key)?, facets, body)
    }

    fn remove(&self, key: Key<'_>, expected: FacetsRef<'_>) -> Result<()> {
        let key = checked(key)?;
        let cannot = || failed(Code::RemoveFailed, "cannot remove", key);
        let parent = match self.directories()?.find(key.parent()) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
            answer => answer.map_err(cannot())?,
        };
        let Some(look) = source::look_at((*parent).as_fd(), key).map_err(cannot())? else {
            return Ok(());
        };
        match remove::remove(&parent, key, expected, &look) {
            Ok(Outcome::Skipped(because)) => {
                Err(Error::new(Code::RemoveFailed, "cannot remove").on(key).because(because))
            }
            Ok(_) => Ok(()),
            Err(Halt::Told(Outcome::Failed(error))) => Err(error),
            Err(halt) => unreachable!("a removal has no other end than {halt:?}"),
        }
    }

    fn flush(&self) -> Result<()> {
        let subject = self.root.path().display();
        self.root.sync().map_err(|errno| {
            let error = failed(Code::FlushFailed, "cannot make durable", subject)(errno);
            Error { code: Code::FlushFailed, ..error }
        })
    }

    fn lane_from(self: Arc<Self>, lower: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        let lower = lower.as_any().downcast_ref::<PosixStore>()?;
        Some(Arc::new(LocalLane::new(Arc::clone(&lower.root), Arc::clone(&self.root))))
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        let mut directories = self.directories()?;
        for entry in page.iter().filter(|entry| !entry.key.is_directory()) {
            let key = checked(entry.key)?;
            let cannot = || failed(Code::RemoveFailed, "cannot remove our temporary of", key);
            match directories.find(key.parent()) {
                Ok(parent) => place::sweep(&parent, key).map_err(cannot())?,
                // Where there is no such directory, nothing of ours was left.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(errno) => return Err(cannot()(errno)),
            }
        }
        Ok(())
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        mark::read(&self.root)
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        mark::write(&self.root, mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn checked(key: Key<'_>) -> Result<Key<'_>> {
    Key::checked(key.as_bytes()).map_err(|refused| {
        Error::new(Code::KeyEscapes, "cannot use key").on(key).because(refused.why)
    })
}
