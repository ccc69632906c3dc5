//! PLAIN: user and password in clear. Source: RFC 4616.

use super::{Answer, Mechanism, Progress, bare};
use crate::wire::Wire;
use crate::wire::error::WireError;
use crate::wire::options::Endpoint;
use crate::wire::secret::Secret;

pub(super) struct Plain {
    pub(super) user: String,
    pub(super) password: Secret,
}

impl Mechanism for Plain {
    fn name(&self) -> &'static str {
        "PLAIN"
    }

    fn answer(&mut self, _: &[u8], endpoint: &Endpoint) -> Result<Answer, WireError> {
        let (user, password) = (self.user.as_str(), self.password.reveal());
        // Java's servers take an empty part for a malformed message.
        let unsendable = |text: &str| text.is_empty() || text.contains('\0');
        if unsendable(user) || unsendable(password) {
            return Err(WireError::Unsendable { endpoint: endpoint.clone(), mechanism: "PLAIN" });
        }
        let bytes = [b"\0", user.as_bytes(), b"\0", password.as_bytes()].concat();
        Ok(Answer { bytes, progress: Progress::Done })
    }

    fn protect(self: Box<Self>, wire: Box<dyn Wire>) -> Box<dyn Wire> {
        bare(wire)
    }
}
