//! A store of text under keys of bytes, for the contract of stores.
//!
//! The contract's names are bytes, and some systems take text: the two bytes of them that are
//! no text are written as the two highest characters there are, which sort alike. Where a
//! server's answers are in XML, its one control character is written as a character that has
//! a place there. All else reaches the system as it is.

use boatlift_core::lane::Pace;
use boatlift_core::store::{Content, Detail, ListRequest, Listed, Listing, RootFacts};
use boatlift_core::{
    Digest, Entry, Facets, FacetsRef, Key, Lane, Page, PageBuilder, Result, Store,
};
use std::any::Any;
use std::io::Read;
use std::sync::Arc;

/// Bytes, and the characters that stand for them.
pub type Spelling = &'static [(u8, &'static str)];

/// For systems whose names are any text.
pub const TEXT: Spelling = &[(0xff, "\u{10ffff}"), (0xfe, "\u{10fffe}")];
/// For servers that put names into XML as they are.
pub const TEXT_IN_XML: Spelling = &[(0xff, "\u{10ffff}"), (0xfe, "\u{10fffe}"), (0x01, "#")];

fn to_text(spelling: Spelling, key: Key<'_>) -> Vec<u8> {
    let text = |byte: &u8| spelling.iter().find(|(spelt, _)| spelt == byte);
    let spell = |byte: &u8| text(byte).map_or(vec![*byte], |(_, text)| text.as_bytes().to_vec());
    key.as_bytes().iter().flat_map(spell).collect()
}

fn from_text(spelling: Spelling, key: Key<'_>) -> Vec<u8> {
    let mut rest = key.as_bytes();
    let mut bytes = Vec::new();
    while let Some(first) = rest.first() {
        let found = spelling.iter().find(|(_, text)| rest.starts_with(text.as_bytes()));
        let (byte, length) = found.map_or((*first, 1), |(byte, text)| (*byte, text.len()));
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

/// A store whose keys are spelled in text.
pub struct AsText<S: ?Sized>(pub Arc<S>, pub Spelling);

impl<S: Store + ?Sized + 'static> Store for AsText<S> {
    fn facts(&self) -> Result<RootFacts> {
        self.0.facts()
    }

    fn prove_writable(&self) -> Result<()> {
        self.0.prove_writable()
    }

    fn list(&self, request: ListRequest) -> Result<Box<dyn Listing>> {
        Ok(Box::new(FromText(self.0.list(request)?, self.1)))
    }

    fn look(&self, key: Key<'_>, detail: Detail) -> Result<Option<Vec<u8>>> {
        self.0.look(Key::new(&to_text(self.1, key)), detail)
    }

    fn read(&self, key: Key<'_>) -> Result<Content<'_>> {
        self.0.read(Key::new(&to_text(self.1, key)))
    }

    fn write(&self, key: Key<'_>, facets: &Facets<'_>, body: &mut dyn Read) -> Result<Digest> {
        self.0.write(Key::new(&to_text(self.1, key)), facets, body)
    }

    fn remove(&self, key: Key<'_>, expected: FacetsRef<'_>) -> Result<()> {
        self.0.remove(Key::new(&to_text(self.1, key)), expected)
    }

    fn flush(&self) -> Result<()> {
        self.0.flush()
    }

    fn lane_from(self: Arc<Self>, _: Arc<dyn Store>) -> Option<Arc<dyn Lane>> {
        None
    }

    fn sweep(&self, page: &Page) -> Result<()> {
        self.0.sweep(page)
    }

    fn read_mark(&self) -> Result<Option<Vec<u8>>> {
        self.0.read_mark()
    }

    fn write_mark(&self, mark: Option<&[u8]>) -> Result<()> {
        self.0.write_mark(mark)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct FromText(Box<dyn Listing>, Spelling);

impl Listing for FromText {
    fn next(&mut self, pace: &dyn Pace) -> Result<Option<Listed>> {
        let page = match self.0.next(pace)? {
            Some(Listed::Page(page)) => page,
            other => return Ok(other),
        };
        let mut spelled = PageBuilder::new();
        for entry in page.iter() {
            let key = from_text(self.1, entry.key);
            spelled.push(&Entry { key: Key::new(&key), ..entry });
        }
        Ok(Some(Listed::Page(spelled.take())))
    }
}
