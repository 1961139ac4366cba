//! JSON with the place of every value: what is wrong with a pattern is told with line and column, and keys that are there twice must not
//! get lost.

/// Deeper than any pattern that makes sense; the reader is recursive.
const MAX_NESTING: usize = 100;

/// Line and column of the first character behind something; both start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

/// A value and where its first token ended.
#[derive(Debug)]
pub(super) struct Node {
    pub json: Json,
    pub place: Place,
}

#[derive(Debug)]
pub(super) enum Json {
    Object(Vec<(String, Node)>, Place),
    /// With the place behind the closing bracket.
    Array(Vec<Node>, Place),
    Text(String),
    /// As it is written.
    Number(String),
    Bool(bool),
    Null,
}

pub(super) type Failure = (String, Place);

pub(super) fn read(text: &str) -> Result<Node, Failure> {
    let mut reader = Reader {
        rest: text,
        place: Place { line: 1, column: 1 },
    };
    let node = reader.value(0)?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.unexpected()),
    }
}

struct Reader<'a> {
    rest: &'a str,
    place: Place,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = self.rest.get(next.len_utf8()..)?;
        if next == '\n' {
            self.place = Place {
                line: self.place.line + 1,
                column: 1,
            };
        } else {
            self.place.column += 1;
        }
        Some(next)
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
            self.next();
        }
    }

    fn unexpected(&self) -> Failure {
        let message = match self.peek() {
            Some(character) => format!(
                "Unexpected character ('{character}' (code {}))",
                u32::from(character)
            ),
            None => "Unexpected end-of-input".into(),
        };
        (message, self.place)
    }

    fn expect(&mut self, character: char) -> Result<(), Failure> {
        self.skip_white_space();
        if self.peek() == Some(character) {
            self.next();
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// Whether the next character is this one; if so it is taken.
    fn takes(&mut self, character: char) -> bool {
        self.skip_white_space();
        let is_next = self.peek() == Some(character);
        if is_next {
            self.next();
        }
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Node, Failure> {
        self.skip_white_space();
        if depth > MAX_NESTING {
            return Err((
                format!("More than {MAX_NESTING} levels of nesting"),
                self.place,
            ));
        }
        let begin = self.peek();
        if matches!(begin, Some('{' | '[' | '"')) {
            self.next();
        }
        let mut place = self.place;
        let json = match begin {
            Some('{') => {
                let mut members = Vec::new();
                if !self.takes('}') {
                    loop {
                        self.expect('"')?;
                        let name = self.string()?;
                        self.expect(':')?;
                        members.push((name, self.value(depth + 1)?));
                        if !self.takes(',') {
                            self.expect('}')?;
                            break;
                        }
                    }
                }
                Json::Object(members, self.place)
            }
            Some('[') => {
                let mut items = Vec::new();
                if !self.takes(']') {
                    loop {
                        items.push(self.value(depth + 1)?);
                        if !self.takes(',') {
                            self.expect(']')?;
                            break;
                        }
                    }
                }
                Json::Array(items, self.place)
            }
            Some('"') => Json::Text(self.string()?),
            _ => {
                let json = self.word()?;
                place = self.place;
                json
            }
        };
        Ok(Node { json, place })
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Json, Failure> {
        let begin = self.place;
        let is_part = |character: char| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '+' | '.')
        };
        let mut word = String::new();
        while let Some(character) = self.peek().filter(|character| is_part(*character)) {
            word.push(character);
            self.next();
        }
        match word.as_str() {
            "" => Err(self.unexpected()),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            "null" => Ok(Json::Null),
            _ if is_number(&word) => Ok(Json::Number(word)),
            _ => Err((format!("Unrecognized token '{word}'"), begin)),
        }
    }

    /// What follows an opening quotation mark.
    fn string(&mut self) -> Result<String, Failure> {
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(self.unexpected()),
                Some('"') => {
                    self.next();
                    return Ok(text);
                }
                Some('\\') => {
                    self.next();
                    text.push(self.escape()?);
                }
                Some(character) if u32::from(character) < 0x20 => {
                    let message = format!(
                        "Illegal unquoted character (code {}) in a string",
                        u32::from(character)
                    );
                    return Err((message, self.place));
                }
                Some(character) => {
                    text.push(character);
                    self.next();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let failure = self.unexpected();
        Ok(match self.next() {
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = self.four_digits()?;
                if !(0xd800..0xdc00).contains(&first) {
                    // Half a pair is no character.
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                if !self.rest.starts_with("\\u") {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.next();
                self.next();
                let second = self.four_digits()?;
                let pair = 0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00);
                char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(failure),
        })
    }

    fn four_digits(&mut self) -> Result<u32, Failure> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|character| character.to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.unexpected())?;
            self.next();
        }
        Ok(value)
    }
}

/// Whether JSON has such a number.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
