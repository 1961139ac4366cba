//! Headers, query strings and forms as text.

use std::borrow::Cow;

use http::HeaderMap;

/// A header that is text.
pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Names and values of a query string or a form, in order.
pub fn parameters(encoded: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (plain(name), plain(value))
    })
}

/// A name or a value of a form: `+` is a space there.
fn plain(encoded: &str) -> Cow<'_, str> {
    match encoded.contains('+') {
        true => Cow::Owned(percent_decoded(&encoded.replace('+', " ")).into_owned()),
        false => percent_decoded(encoded),
    }
}

/// `%41` is `A`. What is no escape stays as it is; what is no UTF-8 is replaced.
pub fn percent_decoded(encoded: &str) -> Cow<'_, str> {
    if !encoded.contains('%') {
        return Cow::Borrowed(encoded);
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = match byte {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_nothing_else_is_touched() {
        for (encoded, plain) in [
            ("a%2Fb", "a/b"),
            ("%e2%82%ac", "€"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%+1", "%+1"),
            ("%25%", "%%"),
        ] {
            assert_eq!(percent_decoded(encoded), plain);
        }
        let all: Vec<_> = parameters("a=1+2&&b&c=%3D=").collect();
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(all, [("a", "1 2"), ("b", ""), ("c", "==")]);
    }
}
