//! Outcomes: what became of one item, and by what it is proved.

use crate::bytes::{Reader, Truncated, put_slice, put_varint};
use crate::digest::Digest;
use crate::error::{Error, Retry};
use crate::facets::FacetsRef;
use serde::{Deserialize, Serialize};
use std::fmt;

/// On what ground an item counts as being on UPPER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It was written, or found, and nothing was asked afterwards.
    Claimed,
    /// UPPER was listed and shows it with the facets it should have.
    Listed,
    /// Its bytes were hashed in passing, while they were written.
    Carried,
    /// UPPER's own stored checksum is equal.
    Stored,
    /// UPPER's bytes were read and their hash is equal.
    ReadBack,
    /// Rows were counted or hashed on both sides.
    Rows,
    /// UPPER's replication position has passed it.
    Position,
}

impl Proof {
    /// All proofs, in the order of their numbers on disk.
    pub const ALL: [Proof; 7] = [
        Proof::Claimed,
        Proof::Listed,
        Proof::Carried,
        Proof::Stored,
        Proof::ReadBack,
        Proof::Rows,
        Proof::Position,
    ];

    /// Whether this proof lets an item count as verified content.
    #[must_use]
    pub fn verifies_content(self) -> bool {
        matches!(self, Proof::Stored | Proof::ReadBack | Proof::Rows | Proof::Position)
    }

    /// The word used in reports and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Proof::Claimed => "claimed",
            Proof::Listed => "listed",
            Proof::Carried => "carried",
            Proof::Stored => "stored",
            Proof::ReadBack => "read_back",
            Proof::Rows => "rows",
            Proof::Position => "position",
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What is known of an item after a step was made or found unnecessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// On what ground.
    pub proof: Proof,
    /// Bytes of content that were carried or read.
    pub bytes: u64,
    /// Hash of the content, where it was computed.
    pub digest: Option<Digest>,
    /// LOWER's facets as encoded, where they are newer than the page's.
    pub lower: Option<Box<[u8]>>,
    /// UPPER's facets as encoded, where UPPER was looked at.
    pub upper: Option<Box<[u8]>>,
}

impl Receipt {
    /// A receipt that says only on what ground.
    #[must_use]
    pub fn of(proof: Proof) -> Self {
        Receipt { proof, bytes: 0, digest: None, lower: None, upper: None }
    }
}

/// What became of one item in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The step was made.
    Done(Receipt),
    /// Nothing had to be done.
    Same(Receipt),
    /// LOWER no longer has it: look again.
    Vanished,
    /// It changed while it was read: look again.
    Moving,
    /// It was left out on purpose; the reason is for people.
    Skipped(String),
    /// The step failed.
    Failed(Error),
}

impl Outcome {
    /// Whether the item is settled on UPPER as far as this step goes.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Outcome::Done(_) | Outcome::Same(_))
    }

    /// Whether the engine should make the step again by itself.
    #[must_use]
    pub fn wants_retry(&self) -> bool {
        match self {
            Outcome::Moving => true,
            Outcome::Failed(error) => error.retry != Retry::Never,
            _ => false,
        }
    }

    /// The word used in reports and in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Done(_) => "done",
            Outcome::Same(_) => "same",
            Outcome::Vanished => "vanished",
            Outcome::Moving => "moving",
            Outcome::Skipped(_) => "skipped",
            Outcome::Failed(_) => "failed",
        }
    }

    /// The receipt, where there is one.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Outcome::Done(receipt) | Outcome::Same(receipt) => Some(receipt),
            _ => None,
        }
    }
}

/// An outcome with the index of its entry in the page.
pub type Indexed = (u32, Outcome);

/// Encodes the outcomes of one turn.
#[must_use]
pub fn encode(outcomes: &[Indexed]) -> Vec<u8> {
    let mut out = Vec::with_capacity(outcomes.len() * 48);
    for (index, outcome) in outcomes {
        put_varint(&mut out, u64::from(*index));
        match outcome {
            Outcome::Done(receipt) => put_receipt(&mut out, 0, receipt),
            Outcome::Same(receipt) => put_receipt(&mut out, 1, receipt),
            Outcome::Vanished => out.push(2),
            Outcome::Moving => out.push(3),
            Outcome::Skipped(reason) => {
                out.push(4);
                put_slice(&mut out, reason.as_bytes());
            }
            Outcome::Failed(error) => {
                out.push(5);
                let text = serde_json::to_vec(error).expect("an error is plain strings");
                put_slice(&mut out, &text);
            }
        }
    }
    out
}

/// Decodes what [`encode`] wrote.
///
/// # Errors
/// When the bytes are cut or malformed.
pub fn decode(bytes: &[u8]) -> Result<Vec<Indexed>, Malformed> {
    let mut from = Reader::new(bytes);
    let mut outcomes = Vec::new();
    while !from.is_empty() {
        outcomes.push(indexed(&mut from).map_err(|Truncated| Malformed)?);
    }
    Ok(outcomes)
}

/// Bytes that are no outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed outcomes")]
pub struct Malformed;

fn indexed(from: &mut Reader<'_>) -> Result<Indexed, Truncated> {
    let index = from.varint_u32()?;
    let outcome = match from.byte()? {
        0 => Outcome::Done(receipt(from)?),
        1 => Outcome::Same(receipt(from)?),
        2 => Outcome::Vanished,
        3 => Outcome::Moving,
        4 => Outcome::Skipped(String::from_utf8_lossy(from.slice()?).into_owned()),
        5 => Outcome::Failed(serde_json::from_slice(from.slice()?).map_err(|_| Truncated)?),
        _ => return Err(Truncated),
    };
    Ok((index, outcome))
}

fn put_receipt(out: &mut Vec<u8>, tag: u8, receipt: &Receipt) {
    out.push(tag);
    out.push(receipt.proof as u8);
    put_varint(out, receipt.bytes);
    match &receipt.digest {
        None => out.push(0),
        Some(digest) => {
            out.push(digest.algorithm());
            out.extend_from_slice(digest.bytes());
        }
    }
    put_slice(out, receipt.lower.as_deref().unwrap_or_default());
    put_slice(out, receipt.upper.as_deref().unwrap_or_default());
}

fn receipt(from: &mut Reader<'_>) -> Result<Receipt, Truncated> {
    let proof = *Proof::ALL.get(usize::from(from.byte()?)).ok_or(Truncated)?;
    let bytes = from.varint()?;
    let digest = match from.byte()? {
        0 => None,
        algorithm => Some(Digest::from_parts(algorithm, from.array()?).ok_or(Truncated)?),
    };
    let mut facets = || -> Result<Option<Box<[u8]>>, Truncated> {
        match from.slice()? {
            [] => Ok(None),
            bytes => Ok(Some(FacetsRef::checked(bytes).ok_or(Truncated)?.as_bytes().into())),
        }
    };
    let (lower, upper) = (facets()?, facets()?);
    Ok(Receipt { proof, bytes, digest, lower, upper })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::facets::{Facets, Kind};

    #[test]
    fn every_outcome_survives_its_encoding() {
        let mut facets = Vec::new();
        Facets::of(Kind::File).encode(&mut facets);
        let receipt = Receipt {
            bytes: 4096,
            digest: Some(Digest::Blake3Sparse([1; 32])),
            lower: Some(facets.clone().into()),
            upper: Some(facets.into()),
            ..Receipt::of(Proof::ReadBack)
        };
        let outcomes = vec![
            (0, Outcome::Done(receipt)),
            (1, Outcome::Same(Receipt::of(Proof::Listed))),
            (2, Outcome::Vanished),
            (3, Outcome::Moving),
            (4, Outcome::Skipped("a socket".into())),
            (4095, Outcome::Failed(Error::new(Code::NoSpace, "cannot write").on("a"))),
        ];
        let bytes = encode(&outcomes);
        assert_eq!(decode(&bytes), Ok(outcomes));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), Err(Malformed));
    }
}
