//! Task tokens: which attempt of which execution an answer is for, and the proof that the token was made here. It holds all
//! that is needed to check it, so there is no table of tokens.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::codec::{DecodeError, Encoded, Reader, Writer};
use crate::command::CallKey;
use crate::execution::{FrameId, Identity};

const FORMAT: u64 = 1;
const PROOF_BYTES: usize = 16;

/// `$$.Task.Token` and the `taskToken` of an activity's task. Its text is URL-safe.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskToken {
    execution_arn: Arc<str>,
    key: CallKey,
    proof: [u8; PROOF_BYTES],
}

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a task token")]
pub struct InvalidToken;

impl TaskToken {
    /// The token of an attempt.
    pub fn new(identity: &Identity, key: CallKey) -> TaskToken {
        let key = key.of_attempt();
        TaskToken {
            execution_arn: identity.execution_arn.clone(),
            key,
            proof: proof(identity, key),
        }
    }

    /// Whose execution it says to be for.
    pub fn execution_arn(&self) -> &Arc<str> {
        &self.execution_arn
    }

    /// The attempt, as [`Input::TaskAnswered`](crate::Input::TaskAnswered) takes it.
    pub fn key(&self) -> CallKey {
        self.key
    }

    /// Whether that execution made it. Who does not know the execution's seed cannot make up a token that is.
    pub fn is_of(&self, identity: &Identity) -> bool {
        self.execution_arn == identity.execution_arn && self.proof == proof(identity, self.key)
    }
}

fn proof(identity: &Identity, key: CallKey) -> [u8; PROOF_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"stepwright task token");
    for number in [
        identity.seed,
        key.frame.0,
        key.task,
        key.attempt.into(),
        identity.execution_arn.len() as u64,
    ] {
        hash.update(number.to_be_bytes());
    }
    hash.update(identity.execution_arn.as_bytes());
    let mut proof = [0; PROOF_BYTES];
    for (place, byte) in proof.iter_mut().zip(hash.finalize()) {
        *place = byte;
    }
    proof
}

impl fmt::Display for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut w = Writer::new(FORMAT);
        w.u64(self.key.frame.0);
        w.u64(self.key.task);
        w.u64(self.key.attempt.into());
        w.text(&self.execution_arn);
        let mut bytes = w.finish().bytes;
        bytes.extend_from_slice(&self.proof);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Without the proof, which would let whoever reads a log answer for the task.
impl fmt::Debug for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskToken({}, {:?})", self.execution_arn, self.key)
    }
}

impl FromStr for TaskToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<TaskToken, InvalidToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
        let (bytes, proof) = bytes.split_last_chunk().ok_or(InvalidToken)?;
        let encoded = Encoded {
            bytes: bytes.to_vec(),
            payloads: Vec::new(),
        };
        read(&encoded, *proof).map_err(|_| InvalidToken)
    }
}

fn read(encoded: &Encoded, proof: [u8; PROOF_BYTES]) -> Result<TaskToken, DecodeError> {
    let (mut r, _) = Reader::new(encoded, FORMAT)?;
    let key = CallKey {
        frame: FrameId(r.u64()?),
        task: r.u64()?,
        attempt: r.u32()?,
        call: 0,
    };
    let execution_arn = r.arc()?;
    if !r.is_empty() {
        return Err(DecodeError::Invalid("more than a token".into()));
    }
    Ok(TaskToken {
        execution_arn,
        key,
        proof,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str, seed: u64) -> Identity {
        Identity {
            execution_arn: format!("arn:aws:states:us-east-1:123456789012:execution:M:{name}")
                .into(),
            execution_name: name.into(),
            state_machine_arn: "arn".into(),
            state_machine_name: "M".into(),
            role_arn: "role".into(),
            region: "us-east-1".into(),
            seed,
            child_of: None,
        }
    }

    fn key(attempt: u32) -> CallKey {
        CallKey {
            frame: FrameId(7),
            task: 300,
            attempt,
            call: 1,
        }
    }

    #[test]
    fn a_token_says_what_it_is_for() {
        let e = identity("e", 5);
        let token: TaskToken = TaskToken::new(&e, key(2)).to_string().parse().unwrap();
        assert_eq!(token.key(), key(2).of_attempt());
        assert_eq!(token.execution_arn(), &e.execution_arn);
        assert!(token.is_of(&e));
    }

    #[test]
    fn a_token_of_another_execution_attempt_or_seed_proves_nothing() {
        let e = identity("e", 5);
        let token = TaskToken::new(&e, key(2));
        assert!(!token.is_of(&identity("f", 5)));
        assert!(!token.is_of(&identity("e", 6)));
        let other = TaskToken {
            key: key(3).of_attempt(),
            ..token
        };
        assert!(!other.is_of(&e));
    }

    #[test]
    fn a_changed_text_is_no_token_or_proves_nothing() {
        let e = identity("e", 5);
        let text = TaskToken::new(&e, key(2)).to_string();
        for at in 0..text.len() {
            for with in ["A", "_", "", "!"] {
                let mut changed = text.clone();
                changed.replace_range(at..=at, with);
                let proves = changed
                    .parse::<TaskToken>()
                    .is_ok_and(|token| token.is_of(&e));
                assert!(!proves || changed == text, "{changed}");
            }
        }
        assert_eq!("".parse::<TaskToken>(), Err(InvalidToken));
        assert_eq!("AAAA".parse::<TaskToken>(), Err(InvalidToken));
    }
}
