//! JSON cut into pieces that, put together again, are the same bytes.
//!
//! The grammar is checked on the way. One piece is in memory at a time, and both its length
//! and the nesting are bounded.

use super::error::ManifestError;
use std::io::BufRead;

/// The longest string, number or stretch of blanks, in bytes: any key escaped in full fits.
const LONGEST_PIECE: usize = 64 << 10;
/// The deepest nesting; manifests have five levels.
const DEEPEST: usize = 32;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Blank,
    /// The name of a member.
    Name,
    Colon,
    Comma,
    OpenObject,
    CloseObject,
    OpenArray,
    CloseArray,
    Text,
    /// A number, `true`, `false` or `null`.
    Scalar,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    Name,
    NameOrClose,
    Colon,
    CommaOrClose,
    Nothing,
}

/// The pieces of a stream of JSON.
pub(super) struct Pieces<R> {
    input: R,
    limit: u64,
    at: u64,
    raw: Vec<u8>,
    /// Whether each open bracket is of an object.
    open: Vec<bool>,
    expect: Expect,
}

impl<R: BufRead> Pieces<R> {
    pub(super) fn new(input: R, limit: u64) -> Pieces<R> {
        let (raw, open) = (Vec::new(), Vec::new());
        Pieces { input, limit, at: 0, raw, open, expect: Expect::Value }
    }

    /// The bytes that the stream begins with, as far as they are at hand.
    pub(super) fn beginning(&mut self) -> Result<&[u8], ManifestError> {
        Ok(self.input.fill_buf()?)
    }

    /// The next piece; its bytes are [`Self::raw`]. Nothing at the end of a complete document.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, ManifestError> {
        self.raw.clear();
        let Some(first) = self.peek()? else {
            return match self.expect {
                Expect::Nothing => Ok(None),
                _ => Err(ManifestError::Truncated(self.at)),
            };
        };
        let piece = match first {
            b' ' | b'\t' | b'\r' | b'\n' => {
                self.take_while(|byte| byte.is_ascii_whitespace())?;
                return Ok(Some(Piece::Blank));
            }
            b'"' => self.text()?,
            b'{' => self.opening(true)?,
            b'[' => self.opening(false)?,
            b'}' => self.closing(true)?,
            b']' => self.closing(false)?,
            b':' => self.single(Expect::Colon, Expect::Value, Piece::Colon)?,
            b',' => {
                let next = match self.open.last() {
                    Some(true) => Expect::Name,
                    _ => Expect::Value,
                };
                self.single(Expect::CommaOrClose, next, Piece::Comma)?
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => self.scalar()?,
            _ => return Err(self.broken("an unexpected character")),
        };
        Ok(Some(piece))
    }

    /// The bytes of the piece that was given last.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What the string says that was given last.
    pub(super) fn string(&self) -> Result<String, ManifestError> {
        serde_json::from_slice(&self.raw).map_err(|_| self.broken("a string that is no text"))
    }

    pub(super) fn broken(&self, why: &'static str) -> ManifestError {
        ManifestError::Broken { at: self.at, why }
    }

    fn peek(&mut self) -> Result<Option<u8>, ManifestError> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn take(&mut self, byte: u8) -> Result<(), ManifestError> {
        if self.raw.len() >= LONGEST_PIECE {
            return Err(self.broken("a value that is too long"));
        }
        if self.at >= self.limit {
            return Err(ManifestError::TooLong(self.limit));
        }
        self.raw.push(byte);
        self.input.consume(1);
        self.at += 1;
        Ok(())
    }

    /// Takes bytes until one is of another kind; of blanks, a long stretch is several pieces.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Result<(), ManifestError> {
        while let Some(byte) = self.peek()?
            && wanted(byte)
            && self.raw.len() < LONGEST_PIECE
        {
            self.take(byte)?;
        }
        Ok(())
    }

    fn single(
        &mut self,
        needed: Expect,
        next: Expect,
        piece: Piece,
    ) -> Result<Piece, ManifestError> {
        if self.expect != needed {
            return Err(self.broken("a comma or colon out of place"));
        }
        self.take(if piece == Piece::Colon { b':' } else { b',' })?;
        self.expect = next;
        Ok(piece)
    }

    fn value_may_begin(&self) -> Result<(), ManifestError> {
        match self.expect {
            Expect::Value | Expect::ValueOrClose => Ok(()),
            Expect::Nothing => Err(self.broken("something behind the end")),
            _ => Err(self.broken("a value out of place")),
        }
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrClose }
    }

    fn opening(&mut self, object: bool) -> Result<Piece, ManifestError> {
        self.value_may_begin()?;
        if self.open.len() == DEEPEST {
            return Err(self.broken("nesting that is too deep"));
        }
        self.open.push(object);
        self.take(if object { b'{' } else { b'[' })?;
        self.expect = if object { Expect::NameOrClose } else { Expect::ValueOrClose };
        Ok(if object { Piece::OpenObject } else { Piece::OpenArray })
    }

    fn closing(&mut self, object: bool) -> Result<Piece, ManifestError> {
        let allowed = match self.expect {
            Expect::CommaOrClose => true,
            Expect::NameOrClose => object,
            Expect::ValueOrClose => !object,
            _ => false,
        };
        if !allowed || self.open.pop() != Some(object) {
            return Err(self.broken("a bracket out of place"));
        }
        self.take(if object { b'}' } else { b']' })?;
        self.expect = self.after_value();
        Ok(if object { Piece::CloseObject } else { Piece::CloseArray })
    }

    fn text(&mut self) -> Result<Piece, ManifestError> {
        let piece = match self.expect {
            Expect::Name | Expect::NameOrClose => Piece::Name,
            _ => {
                self.value_may_begin()?;
                Piece::Text
            }
        };
        self.take(b'"')?;
        loop {
            let byte = self.peek()?.ok_or(ManifestError::Truncated(self.at))?;
            self.take(byte)?;
            match byte {
                b'"' => break,
                b'\\' => {
                    let next = self.peek()?.ok_or(ManifestError::Truncated(self.at))?;
                    self.take(next)?;
                }
                _ => {}
            }
        }
        self.expect = if piece == Piece::Name { Expect::Colon } else { self.after_value() };
        Ok(piece)
    }

    fn scalar(&mut self) -> Result<Piece, ManifestError> {
        self.value_may_begin()?;
        self.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))?;
        if self.peek()?.is_none() && !self.open.is_empty() {
            return Err(ManifestError::Truncated(self.at));
        }
        let valid = serde_json::from_slice::<serde_json::Value>(&self.raw).is_ok();
        if !valid {
            return Err(self.broken("neither a number nor true, false or null"));
        }
        self.expect = self.after_value();
        Ok(Piece::Scalar)
    }
}
