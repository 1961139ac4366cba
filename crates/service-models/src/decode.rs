//! Reads the primitives of the binary form: decompressed frames, numbers, texts.

use ruzstd::decoding::{Dictionary, FrameDecoder};

/// The embedded blob is not what this reader expects. Only a broken build has it: a test decodes the whole blob.
#[derive(Debug, thiserror::Error)]
#[error("the embedded catalog is damaged: {0}")]
pub(crate) struct Corrupt(pub String);

pub(crate) fn corrupt(what: impl std::fmt::Display) -> Corrupt {
    Corrupt(what.to_string())
}

/// Decompresses one frame. `dictionary` is empty for frames made without one.
pub(crate) fn decompress(frame: &[u8], dictionary: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let mut decoder = FrameDecoder::new();
    if !dictionary.is_empty() {
        decoder
            .add_dict(Dictionary::decode_dict(dictionary).map_err(corrupt)?)
            .map_err(corrupt)?;
    }
    let mut header = frame;
    decoder.reset(&mut header).map_err(corrupt)?;
    let size = usize::try_from(decoder.content_size()).map_err(corrupt)?;
    let mut bytes = vec![0; size];
    let written = decoder.decode_all(frame, &mut bytes).map_err(corrupt)?;
    bytes.truncate(written);
    Ok(bytes)
}

/// A cursor over a decompressed frame. Frames live as long as the program, so texts are borrowed from them for good.
pub(crate) struct Reader {
    texts: Vec<&'static str>,
    rest: &'static [u8],
}

impl Reader {
    pub fn new(bytes: Vec<u8>) -> Result<Reader, Corrupt> {
        let bytes: &'static [u8] = bytes.leak();
        let mut reader = Reader {
            texts: Vec::new(),
            rest: bytes,
        };
        let count = reader.count()?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push(reader.number()?);
        }
        let mut texts = Vec::with_capacity(count);
        for length in lengths {
            let (text, rest) = reader
                .rest
                .split_at_checked(length)
                .ok_or_else(|| corrupt("short string table"))?;
            texts.push(std::str::from_utf8(text).map_err(corrupt)?);
            reader.rest = rest;
        }
        reader.texts = texts;
        Ok(reader)
    }

    pub fn number(&mut self) -> Result<usize, Corrupt> {
        let mut number = 0usize;
        for shift in (0..usize::BITS).step_by(7) {
            let (byte, rest) = self
                .rest
                .split_first()
                .ok_or_else(|| corrupt("unexpected end"))?;
            self.rest = rest;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(corrupt("number too long"))
    }

    /// A number of things that follow, each at least one byte long: a larger one is refused before memory is taken for it.
    pub fn count(&mut self) -> Result<usize, Corrupt> {
        let count = self.number()?;
        if count > self.rest.len() {
            Err(corrupt("count beyond the end"))
        } else {
            Ok(count)
        }
    }

    pub fn text(&mut self) -> Result<&'static str, Corrupt> {
        let id = self.number()?;
        self.texts
            .get(id)
            .copied()
            .ok_or_else(|| corrupt("text outside the string table"))
    }

    pub fn texts(&mut self) -> Result<Box<[&'static str]>, Corrupt> {
        self.list(Reader::text)
    }

    pub fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Reader) -> Result<T, Corrupt>,
    ) -> Result<Box<[T]>, Corrupt> {
        let count = self.count()?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items.into_boxed_slice())
    }

    pub fn text_if(&mut self, present: bool) -> Result<Option<&'static str>, Corrupt> {
        if present {
            self.text().map(Some)
        } else {
            Ok(None)
        }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_frames_are_errors() {
        assert!(Reader::new(vec![]).is_err());
        assert!(Reader::new(vec![0x80]).is_err());
        assert!(Reader::new(vec![1, 5, b'a']).is_err());
        assert!(Reader::new(vec![1, 1, 0xff]).is_err());
        assert!(Reader::new(vec![0xff; 20]).is_err());
        assert!(decompress(b"no zstd frame", &[]).is_err());
    }

    #[test]
    fn numbers_and_texts_are_read_in_order() {
        let mut reader = Reader::new(vec![2, 2, 0, b'h', b'i', 0, 1, 0xac, 0x02]).unwrap();
        assert_eq!(reader.text().unwrap(), "hi");
        assert_eq!(reader.text().unwrap(), "");
        assert_eq!(reader.number().unwrap(), 300);
        assert!(reader.is_at_end());
        assert!(reader.number().is_err());
    }
}
