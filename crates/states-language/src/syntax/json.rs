//! A strict JSON parser (RFC 8259) that keeps positions and reads `${name}` where a value may stand.

use serde_json::Number;

use super::{MAX_DEPTH, Member, Node, NodeValue, Scalar, SyntaxError, duplicate};
use crate::source::Span;
use crate::substitution::placeholder_at;

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let start = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: start,
    };
    parser.skip_blanks();
    let node = parser.value(0)?;
    parser.skip_blanks();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected("was expecting the end of the definition")),
    }
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(message, Span::new(self.at, self.at)))
    }

    fn unexpected(&self, expecting: &str) -> SyntaxError {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(character) => SyntaxError::new(
                format!(
                    "Unexpected character ('{}' (code {})): {expecting}",
                    character.escape_debug(),
                    character as u32
                ),
                Span::new(self.at, self.at + character.len_utf8()),
            ),
            None => SyntaxError::new(
                format!("Unexpected end-of-input: {expecting}"),
                Span::new(self.at, self.at),
            ),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        if depth > MAX_DEPTH {
            return self.error(format!("Values are nested deeper than {MAX_DEPTH} levels"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => NodeValue::String(Scalar {
                text: self.string()?,
                plain: false,
            }),
            Some(b'-' | b'0'..=b'9') => NodeValue::Number(self.number()?),
            Some(b'$') => match placeholder_at(self.text, self.at) {
                Some(placeholder) => {
                    self.at = placeholder.span.end;
                    NodeValue::Placeholder(placeholder.name.to_owned())
                }
                None => {
                    return Err(
                        self.unexpected("was expecting a value; a substitution is written ${name}")
                    );
                }
            },
            _ => self.word()?,
        };
        Ok(Node::new(Span::new(start, self.at), value))
    }

    fn word(&mut self) -> Result<NodeValue, SyntaxError> {
        let start = self.at;
        let word: &str = self.text.get(start..).map_or("", |rest| {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(rest.len());
            &rest[..end]
        });
        let value = match word {
            "" => return Err(self.unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")),
            "true" => NodeValue::Bool(true),
            "false" => NodeValue::Bool(false),
            "null" => NodeValue::Null,
            _ => {
                return Err(SyntaxError::new(
                    format!("Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"),
                    Span::new(start, start + word.len()),
                ));
            }
        };
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<NodeValue, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(NodeValue::Array(items));
        }
        loop {
            self.skip_blanks();
            items.push(self.value(depth + 1)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(NodeValue::Array(items));
                }
                _ => return Err(self.unexpected("was expecting comma to separate Array entries")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<NodeValue, SyntaxError> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(NodeValue::Object(members));
        }
        loop {
            self.skip_blanks();
            let key_start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("was expecting double-quote to start field name"));
            }
            let key = self.string()?;
            let key_span = Span::new(key_start, self.at);
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(
                    self.unexpected("was expecting a colon to separate field name and value")
                );
            }
            self.at += 1;
            self.skip_blanks();
            members.push(Member {
                key,
                key_span,
                value: self.value(depth + 1)?,
                key_unknown: false,
            });
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => return Err(self.unexpected("was expecting comma to separate Object entries")),
            }
        }
        match duplicate(&members) {
            Some(member) => Err(SyntaxError::new(
                format!("Duplicate field '{}'", member.key),
                member.key_span,
            )),
            None => Ok(NodeValue::Object(members)),
        }
    }

    fn number(&mut self) -> Result<Number, SyntaxError> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
        ) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        serde_json::from_str(text).map_err(|_| {
            SyntaxError::new(
                format!("Invalid numeric value '{text}'"),
                Span::new(start, self.at),
            )
        })
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let quote = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(control) => {
                    return self.error(format!("Illegal unquoted character ((CTRL-CHAR, code {control})): has to be escaped using backslash to be included in string value"));
                }
                None => {
                    return Err(SyntaxError::new(
                        "Unexpected end-of-input: was expecting closing quote for a string value",
                        Span::new(quote, self.at),
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 2;
        Ok(match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hex_unit(start)?;
                let code = match unit {
                    0xd800..=0xdbff if self.bytes[self.at..].starts_with(b"\\u") => {
                        self.at += 2;
                        match self.hex_unit(start)? {
                            low @ 0xdc00..=0xdfff => {
                                0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                            }
                            _ => unit,
                        }
                    }
                    _ => unit,
                };
                char::from_u32(code).ok_or_else(|| {
                    SyntaxError::new(
                        "An escape is half of a surrogate pair, which is no character",
                        Span::new(start, self.at),
                    )
                })?
            }
            _ => {
                self.at = start;
                return Err(SyntaxError::new(
                    "Unrecognized character escape",
                    Span::new(start, start + 1),
                ));
            }
        })
    }

    fn hex_unit(&mut self, start: usize) -> Result<u32, SyntaxError> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| {
            SyntaxError::new(
                "Unexpected character: expected four hexadecimal digits of a character escape",
                Span::new(start, start + 2),
            )
        })
    }
}
