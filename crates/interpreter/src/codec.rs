//! The bytes of frames and events at rest: compact, with a format number in front, names for states (never indexes), and
//! payloads above [`SHARED_PAYLOAD_BYTES`] set aside, so that a store keeps each once and a record names it by number.

use std::sync::Arc;

use query::Payload;

/// A payload longer than this is handed to the store beside the record instead of inside it.
pub const SHARED_PAYLOAD_BYTES: usize = 4096;

/// A record: its bytes and the large payloads that it refers to by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub payloads: Vec<Payload>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the record ends early")]
    Truncated,
    #[error("format {found} is not readable by this release (it reads up to {known})")]
    Format { found: u64, known: u64 },
    #[error("{0}")]
    Invalid(String),
}

pub(crate) struct Writer {
    out: Encoded,
}

impl Writer {
    pub fn new(format: u64) -> Writer {
        let mut writer = Writer {
            out: Encoded {
                bytes: Vec::with_capacity(256),
                payloads: Vec::new(),
            },
        };
        writer.u64(format);
        writer
    }

    pub fn finish(self) -> Encoded {
        self.out
    }

    /// LEB128.
    pub fn u64(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.bytes.push(value as u8);
    }

    /// Zigzag, so that times before 1970 stay short too.
    pub fn i64(&mut self, value: i64) {
        self.u64(((value << 1) ^ (value >> 63)) as u64);
    }

    pub fn bool(&mut self, value: bool) {
        self.out.bytes.push(value.into());
    }

    pub fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.out.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// 0 and the text, or 1 and the position among the record's payloads.
    pub fn payload(&mut self, payload: &Payload) {
        if payload.len() <= SHARED_PAYLOAD_BYTES {
            self.u64(0);
            self.text(payload.text());
            return;
        }
        let text = payload.text();
        let known = self
            .out
            .payloads
            .iter()
            .position(|p| Arc::ptr_eq(p.text(), text));
        let position = known.unwrap_or_else(|| {
            // The text alone: a parsed value takes many times as much, and what is at rest is not looked into.
            self.out
                .payloads
                .push(Payload::from_text_unchecked(text.clone()));
            self.out.payloads.len() - 1
        });
        self.u64(1);
        self.u64(position as u64);
    }
}

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    payloads: &'a [Payload],
}

impl<'a> Reader<'a> {
    /// Checks the format number; `known` is the newest that this release reads.
    pub fn new(encoded: &'a Encoded, known: u64) -> Result<(Reader<'a>, u64), DecodeError> {
        let mut reader = Reader {
            bytes: &encoded.bytes,
            payloads: &encoded.payloads,
        };
        let found = reader.u64()?;
        if found == 0 || found > known {
            return Err(DecodeError::Format { found, known });
        }
        Ok((reader, found))
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&first, rest) = self.bytes.split_first().ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(first)
    }

    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Invalid(
            "a number is longer than 64 bits".into(),
        ))
    }

    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.u64()?)
            .map_err(|_| DecodeError::Invalid("a number is longer than 32 bits".into()))
    }

    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        let value = self.u64()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.byte()? != 0)
    }

    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        let length = usize::try_from(self.u64()?).map_err(|_| DecodeError::Truncated)?;
        let (text, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        std::str::from_utf8(text).map_err(|_| DecodeError::Invalid("a text is not UTF-8".into()))
    }

    pub fn arc(&mut self) -> Result<Arc<str>, DecodeError> {
        self.text().map(Arc::from)
    }

    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.bool()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub fn payload(&mut self) -> Result<Payload, DecodeError> {
        match self.u64()? {
            0 => Ok(Payload::from_text_unchecked(self.arc()?)),
            _ => {
                let position = usize::try_from(self.u64()?).unwrap_or(usize::MAX);
                self.payloads
                    .get(position)
                    .cloned()
                    .ok_or(DecodeError::Invalid("a payload is missing".into()))
            }
        }
    }

    /// A length that the rest of the record can hold: a damaged one must not reserve gigabytes.
    pub fn length(&mut self) -> Result<usize, DecodeError> {
        let length = usize::try_from(self.u64()?).map_err(|_| DecodeError::Truncated)?;
        if length > self.bytes.len() {
            Err(DecodeError::Truncated)
        } else {
            Ok(length)
        }
    }
}
