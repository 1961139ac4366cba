//! A cursor over the text of a path or call.

use crate::SyntaxError;

/// Reads a text character by character; offsets are bytes.
#[derive(Clone)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Cursor { text, offset: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or("")
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.offset += c.len_utf8();
        Some(c)
    }

    /// Skips `token` if it comes next.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    pub(crate) fn skip_whitespace(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Skips the longest run of characters that `accept` takes and returns it.
    pub(crate) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.offset += end;
        rest.get(..end).unwrap_or("")
    }

    pub(crate) fn expect(&mut self, token: &str) -> Result<(), SyntaxError> {
        if self.eat(token) {
            return Ok(());
        }
        let found = match self.peek() {
            Some(c) => format!("'{c}'"),
            None => "the end".to_owned(),
        };
        Err(self.error(format!("expected '{token}' but found {found}")))
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(message, self.offset)
    }

    /// Reads an integer such as `-12`.
    pub(crate) fn integer(&mut self) -> Result<i64, SyntaxError> {
        let start = self.offset;
        self.eat("-");
        self.take_while(|c| c.is_ascii_digit());
        let digits = self.text.get(start..self.offset).unwrap_or("");
        digits
            .parse()
            .map_err(|_| SyntaxError::new("expected an integer", start))
    }

    /// Reads a JSON number.
    pub(crate) fn number(&mut self) -> Result<serde_json::Number, SyntaxError> {
        let start = self.offset;
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        serde_json::from_str(text).map_err(|_| SyntaxError::new("expected a number", start))
    }

    /// Reads a name: a letter or `_`, then letters, digits and `_`.
    pub(crate) fn name(&mut self) -> &'t str {
        if self.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
            self.take_while(|c| c.is_alphanumeric() || c == '_')
        } else {
            ""
        }
    }

    /// Reads a name in quotes of the kind that comes next. A backslash before that quote is dropped; before anything else
    /// it is part of the name, as on AWS.
    pub(crate) fn quoted_name(&mut self) -> Result<String, SyntaxError> {
        let start = self.offset;
        let unterminated = || SyntaxError::new("the quote is not closed", start);
        let quote = self.next().ok_or_else(unterminated)?;
        let mut name = String::new();
        loop {
            match self.next().ok_or_else(unterminated)? {
                c if c == quote => return Ok(name),
                '\\' => match self.next().ok_or_else(unterminated)? {
                    c if c == quote => name.push(c),
                    c => name.extend(['\\', c]),
                },
                c => name.push(c),
            }
        }
    }

    /// Reads a text in quotes of the kind that comes next, with the escapes of JSON and `\'`. Any other escaped
    /// character stands for itself.
    pub(crate) fn quoted(&mut self) -> Result<String, SyntaxError> {
        let start = self.offset;
        let unterminated = || SyntaxError::new("the quote is not closed", start);
        let quote = self.next().ok_or_else(unterminated)?;
        let mut text = String::new();
        loop {
            match self.next().ok_or_else(unterminated)? {
                c if c == quote => return Ok(text),
                '\\' => match self.next().ok_or_else(unterminated)? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'u' => text.push(self.unicode_escape()?),
                    c => text.push(c),
                },
                c => text.push(c),
            }
        }
    }

    /// The four hexadecimal digits after `\u`, and the second half of a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.offset;
        let unit = |cursor: &mut Self| {
            let digits = cursor.rest().get(..4)?;
            let unit = u16::from_str_radix(digits, 16).ok()?;
            cursor.offset += 4;
            Some(unit)
        };
        let error = || SyntaxError::new("expected four hexadecimal digits of a character", start);
        let first = unit(self).ok_or_else(error)?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) && self.eat("\\u") {
            units.push(unit(self).ok_or_else(error)?);
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(error()),
        }
    }
}
