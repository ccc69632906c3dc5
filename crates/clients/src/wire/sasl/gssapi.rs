//! GSSAPI: Kerberos, then an agreement on how messages are protected. Source: RFC 4752.

use super::protected::ProtectedWire;
use super::{Answer, Mechanism, Progress, bare};
use crate::gssapi::{Context, GssError, Name, Sealing};
use crate::wire::Wire;
use crate::wire::error::WireError;
use crate::wire::options::{Endpoint, Kerberos, Protection};

/// The longest protected message that we say we take: three bytes are there for it.
const LONGEST_RECEIVED: u32 = 0x00ff_ffff;
/// The shortest limit of a server that leaves room for a message.
const SHORTEST_SENT: u32 = 256;

pub(super) struct Gssapi {
    context: Context,
    least: Protection,
    phase: Phase,
}

enum Phase {
    /// Tokens go to and fro.
    Proving,
    /// The server says next which protections it offers.
    Offered,
    /// Agreed: the protection, and the most bytes of one protected message.
    Agreed(Protection, u32),
}

impl Gssapi {
    pub(super) fn new(kerberos: &Kerberos, endpoint: &Endpoint) -> Result<Self, WireError> {
        let credential = kerberos
            .login
            .credential()
            .map_err(|error| WireError::Login { endpoint: endpoint.clone(), error })?;
        let target = Name::service(&kerberos.service, &endpoint.host);
        let context = target.and_then(|target| Context::new(credential, target));
        let context = context.map_err(|error| failed(endpoint, error))?;
        Ok(Self { context, least: kerberos.protection, phase: Phase::Proving })
    }

    fn prove(&mut self, challenge: &[u8], endpoint: &Endpoint) -> Result<Answer, WireError> {
        let step = self.context.step(challenge).map_err(|error| failed(endpoint, error))?;
        if step.established {
            self.phase = Phase::Offered;
        }
        Ok(Answer { bytes: step.token, progress: Progress::Underway })
    }

    fn agree(&mut self, offer: &[u8], endpoint: &Endpoint) -> Result<Answer, WireError> {
        let failed = |error| failed(endpoint, error);
        let offer = self.context.unwrap(offer, Sealing::Signed).map_err(failed)?;
        let [layers, limit @ ..] = offer.as_slice() else {
            return Err(failed(GssError::Protocol("the server offered no protection at all")));
        };
        let &[high, middle, low] = limit else {
            return Err(failed(GssError::Protocol("the server's offer has not four bytes")));
        };
        let Some(chosen) = choose(*layers, self.least) else {
            return Err(WireError::Protection {
                endpoint: endpoint.clone(),
                least: self.least,
                offered: shown(*layers),
            });
        };
        let limit = match chosen {
            Protection::Authentication => 0,
            _ => LONGEST_RECEIVED,
        };
        let mut answer = limit.to_be_bytes();
        answer[0] = bit(chosen);
        let bytes = self.context.wrap(&answer, Sealing::Signed).map_err(failed)?;
        let most = u32::from_be_bytes([0, high, middle, low]);
        let longest = match sealing(chosen) {
            None => 0,
            Some(sealing) => {
                let most = most.max(SHORTEST_SENT);
                self.context.longest(most, sealing).map_err(failed)?.max(1)
            }
        };
        self.phase = Phase::Agreed(chosen, longest);
        Ok(Answer { bytes, progress: Progress::Done })
    }
}

impl Mechanism for Gssapi {
    fn name(&self) -> &'static str {
        "GSSAPI"
    }

    fn answer(&mut self, challenge: &[u8], endpoint: &Endpoint) -> Result<Answer, WireError> {
        match self.phase {
            Phase::Proving => self.prove(challenge, endpoint),
            Phase::Offered => self.agree(challenge, endpoint),
            Phase::Agreed(..) => {
                Err(failed(endpoint, GssError::Protocol("the server went on after the agreement")))
            }
        }
    }

    fn protect(self: Box<Self>, wire: Box<dyn Wire>) -> Box<dyn Wire> {
        match self.phase {
            Phase::Agreed(protection, longest) => match sealing(protection) {
                Some(sealing) => Box::new(ProtectedWire::new(wire, self.context, sealing, longest)),
                None => bare(wire),
            },
            Phase::Proving | Phase::Offered => bare(wire),
        }
    }
}

/// The least protection that the server offers and that is enough.
fn choose(layers: u8, least: Protection) -> Option<Protection> {
    ALL.into_iter().find(|protection| *protection >= least && layers & bit(*protection) != 0)
}

const ALL: [Protection; 3] =
    [Protection::Authentication, Protection::Integrity, Protection::Confidentiality];

fn bit(protection: Protection) -> u8 {
    match protection {
        Protection::Authentication => 1,
        Protection::Integrity => 2,
        Protection::Confidentiality => 4,
    }
}

fn sealing(protection: Protection) -> Option<Sealing> {
    match protection {
        Protection::Authentication => None,
        Protection::Integrity => Some(Sealing::Signed),
        Protection::Confidentiality => Some(Sealing::Encrypted),
    }
}

fn shown(layers: u8) -> String {
    let offered = ALL.into_iter().filter(|protection| layers & bit(*protection) != 0);
    let offered: Vec<_> = offered.map(|protection| protection.to_string()).collect();
    if offered.is_empty() { "none".to_owned() } else { offered.join(", ") }
}

fn failed(endpoint: &Endpoint, error: GssError) -> WireError {
    WireError::Context { endpoint: endpoint.clone(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_sufficient_protection_is_chosen() {
        use Protection::{Authentication, Confidentiality, Integrity};
        assert_eq!(choose(0b111, Authentication), Some(Authentication));
        assert_eq!(choose(0b110, Authentication), Some(Integrity));
        assert_eq!(choose(0b101, Integrity), Some(Confidentiality));
        assert_eq!(choose(0b011, Confidentiality), None);
        assert_eq!(shown(0b101), "auth, auth-conf");
        assert_eq!(shown(0), "none");
    }
}
