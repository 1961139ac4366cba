//! `GET /_ui/audit`: who did what, newest first.

use serde_json::{Value, json};
use store::{AuditEntry, Error, Store};

/// Entries that are read at once, and of one request: a search through a long log goes on with its cursor.
const BLOCK: usize = 1_000;
const MOST_READ: u64 = 50_000;
pub const MAX_PAGE: usize = 200;

/// A page of entries that hold `text` (any case) in one of their members. `before`: where the page before ended.
pub fn page(
    store: &dyn Store,
    text: &str,
    before: Option<i64>,
    limit: usize,
) -> Result<Value, Error> {
    let text = text.to_lowercase();
    let newest = match before {
        Some(before) => u64::try_from(before.saturating_sub(1)).unwrap_or(0),
        None => last_number(store)?,
    };
    let mut items = Vec::new();
    let mut from = newest;
    while from > 0 && items.len() < limit && newest - from < MOST_READ {
        let after = from.saturating_sub(BLOCK as u64);
        let block = store.audit(after, (from - after) as usize)?;
        for (number, entry) in block.iter().rev() {
            from = number - 1;
            if matches(entry, &text) {
                items.push(shown(*number, entry));
                if items.len() == limit {
                    break;
                }
            }
        }
        if block.is_empty() {
            from = 0;
        }
    }
    let mut page = json!({ "items": items });
    if from > 0 {
        page["next"] = json!((from + 1).to_string());
    }
    Ok(page)
}

fn shown(number: u64, entry: &AuditEntry) -> Value {
    json!({
        "number": number,
        "atMillis": entry.at_millis,
        "principal": entry.principal,
        "source": entry.source,
        "action": entry.action,
        "resource": entry.resource,
    })
}

fn matches(entry: &AuditEntry, text: &str) -> bool {
    let AuditEntry {
        at_millis: _,
        principal,
        source,
        action,
        resource,
    } = entry;
    text.is_empty()
        || [principal, source, action, resource]
            .iter()
            .any(|member| member.to_lowercase().contains(text))
}

/// Numbers have no gaps, so the last one is found by halving.
fn last_number(store: &dyn Store) -> Result<u64, Error> {
    let exists = |number: u64| Ok(!store.audit(number - 1, 1)?.is_empty());
    let mut beyond = 1;
    while exists(beyond)? {
        beyond *= 2;
    }
    let mut last = beyond / 2;
    while beyond - last > 1 {
        let middle = last + (beyond - last) / 2;
        match exists(middle)? {
            true => last = middle,
            false => beyond = middle,
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use store::MemoryStore;

    use super::*;

    fn store(count: u64) -> MemoryStore {
        let store = MemoryStore::default();
        for number in 1..=count {
            let entry = AuditEntry {
                at_millis: number as i64,
                principal: "user:ana".into(),
                source: "127.0.0.1".into(),
                action: match number % 100 {
                    0 => "DeleteStateMachine".into(),
                    _ => "StartExecution".into(),
                },
                resource: format!("arn:{number}").into(),
            };
            store.write(vec![], Some(entry)).unwrap();
        }
        store
    }

    fn numbers(page: &Value) -> Vec<u64> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["number"].as_u64().unwrap())
            .collect()
    }

    #[test]
    fn pages_go_from_the_newest_entry_to_the_first() {
        let store = store(7);
        let first = page(&store, "", None, 5).unwrap();
        assert_eq!(numbers(&first), [7, 6, 5, 4, 3]);
        let before = first["next"].as_str().unwrap().parse().unwrap();
        let second = page(&store, "", Some(before), 5).unwrap();
        assert_eq!(numbers(&second), [2, 1]);
        assert_eq!(second.get("next"), None);
        assert!(numbers(&page(&MemoryStore::default(), "", None, 5).unwrap()).is_empty());
    }

    #[test]
    fn a_text_is_looked_for_in_every_member_and_beyond_a_block() {
        let store = store(2_345);
        let found = page(&store, "deletestate", None, 3).unwrap();
        assert_eq!(numbers(&found), [2_300, 2_200, 2_100]);
        let old = page(&store, "ARN:100", Some(101), 9).unwrap();
        assert_eq!(numbers(&old), [100]);
        assert!(numbers(&page(&store, "nobody", None, 3).unwrap()).is_empty());
    }
}
