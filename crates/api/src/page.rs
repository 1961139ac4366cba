//! Pages of lists. A token says where the next page begins; it is bound to its operation and the request's other members,
//! opaque to the client, and expires after 24 hours, as AWS documents.

use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Error;

const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// `maxResults` absent or 0.
const DEFAULT_LIMIT: usize = 100;
const CHECK_BYTES: usize = 16;

/// What a request asks for of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most so many items.
    pub limit: usize,
    /// What [`Page::token`] was given for the page before; none for the first page.
    pub after: Option<String>,
    /// What the token is bound to.
    scope: Vec<u8>,
    now_millis: i64,
}

#[derive(Serialize, Deserialize)]
struct Token {
    after: String,
    expires_millis: i64,
}

impl Page {
    /// Reads `maxResults` and `nextToken` of a checked request.
    ///
    /// # Errors
    /// `InvalidToken`.
    pub fn of(operation: &str, input: &Value, now_millis: i64) -> Result<Page, Error> {
        let mut others = input.clone();
        if let Some(members) = others.as_object_mut() {
            members.remove("nextToken");
            members.remove("maxResults");
            members.sort_keys();
        }
        let limit = input.get("maxResults").and_then(Value::as_u64);
        let mut page = Page {
            limit: limit
                .and_then(|limit| usize::try_from(limit).ok())
                .filter(|limit| *limit > 0)
                .unwrap_or(DEFAULT_LIMIT),
            after: None,
            scope: format!("{operation} {others}").into_bytes(),
            now_millis,
        };
        if let Some(text) = input.get("nextToken").and_then(Value::as_str) {
            let token = page.read(text).ok_or_else(Error::invalid_page_token)?;
            page.after = Some(token.after);
        }
        Ok(page)
    }

    /// The keys that the page may have.
    pub(crate) fn behind(&self) -> (Bound<&str>, Bound<&str>) {
        let after = self.after.as_deref();
        (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        )
    }

    /// The token of the page that begins behind `after`.
    pub fn token(&self, after: String) -> Result<String, Error> {
        let token = Token {
            after,
            expires_millis: self.now_millis + LIFETIME_MILLIS,
        };
        let text = serde_json::to_vec(&token)
            .map_err(|error| Error::InternalFailure(error.to_string()))?;
        let mut bytes = self.check_bytes(&text).to_vec();
        bytes.extend(text);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read(&self, text: &str) -> Option<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (check, text) = bytes.split_at_checked(CHECK_BYTES)?;
        if check != self.check_bytes(text) {
            return None;
        }
        let token: Token = serde_json::from_slice(text).ok()?;
        (token.expires_millis > self.now_millis).then_some(token)
    }

    /// Finds garbled tokens and those of other requests; it is no secret.
    fn check_bytes(&self, text: &[u8]) -> [u8; CHECK_BYTES] {
        let digest = Sha256::new()
            .chain_update(&self.scope)
            .chain_update([0])
            .chain_update(text)
            .finalize();
        let mut check = [0; CHECK_BYTES];
        check.copy_from_slice(&digest[..CHECK_BYTES]);
        check
    }

    /// Cuts a page out of all items, which are in the order of their keys and begin behind [`Page::after`]: the items, and the
    /// token of the next page if there are more.
    pub(crate) fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Error> {
        let mut items = items.peekable();
        let page: Vec<T> = items.by_ref().take(self.limit).collect();
        let token = match (items.peek(), page.last()) {
            (Some(_), Some(last)) => Some(self.token(key(last))?),
            _ => None,
        };
        Ok((page, token))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(input: Value, now_millis: i64) -> Result<Page, Error> {
        Page::of("ListThings", &input, now_millis)
    }

    #[test]
    fn a_token_leads_to_the_next_page_of_its_own_request_for_a_day() {
        let first = page(json!({"arn": "a", "maxResults": 2}), 0).unwrap();
        assert_eq!((first.limit, first.after.clone()), (2, None));
        let token = first.token("x".to_owned()).unwrap();
        let with = |arn: &str, token: &str| json!({"nextToken": token, "arn": arn});
        let next = page(with("a", &token), LIFETIME_MILLIS - 1).unwrap();
        assert_eq!((next.limit, next.after.as_deref()), (100, Some("x")));

        let refused = Err(Error::invalid_page_token());
        assert_eq!(page(with("a", &token), LIFETIME_MILLIS), refused);
        assert_eq!(page(with("b", &token), 0), refused);
        assert_eq!(Page::of("ListOthers", &with("a", &token), 0), refused);
        for garbled in ["x", "", "é", &token[1..], &format!("{token}A")] {
            assert_eq!(page(with("a", garbled), 0), refused, "{garbled}");
        }
    }

    #[test]
    fn only_a_page_with_more_behind_it_has_a_token() {
        let page = page(json!({"maxResults": 2}), 0).unwrap();
        let cut = |length: i32| page.cut(0..length, i32::to_string).unwrap();
        assert_eq!(cut(0), (vec![], None));
        assert_eq!(cut(2), (vec![0, 1], None));
        assert_eq!(cut(3), (vec![0, 1], Some(page.token("1".into()).unwrap())));
    }
}
