//! The two primitives of the catalog's binary form: LEB128 numbers and a table of distinct strings.

use std::collections::HashMap;

/// Collects numbers and references to strings; [`Writer::finish`] puts the string table in front.
#[derive(Default)]
pub struct Writer {
    body: Vec<u8>,
    strings: Vec<String>,
    ids: HashMap<String, usize>,
}

impl Writer {
    pub fn number(&mut self, number: usize) {
        push_number(&mut self.body, number);
    }

    /// A reference to `text` in the string table.
    pub fn text(&mut self, text: &str) {
        let id = match self.ids.get(text) {
            Some(id) => *id,
            None => {
                let id = self.strings.len();
                self.strings.push(text.to_owned());
                self.ids.insert(text.to_owned(), id);
                id
            }
        };
        self.number(id);
    }

    pub fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.number(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    pub fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_number(&mut bytes, self.strings.len());
        for text in &self.strings {
            push_number(&mut bytes, text.len());
        }
        for text in &self.strings {
            bytes.extend(text.as_bytes());
        }
        bytes.extend(self.body);
        bytes
    }
}

fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push((number as u8) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
