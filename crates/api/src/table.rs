//! Collections that are read from memory and written through to the store's documents.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{AuditEntry, DocumentWrite, Store};

const FORMAT: u32 = 1;
/// Documents that are read at once when a table is opened.
const PAGE: usize = 1000;

/// A collection of documents of one type. Cloning is cheap; clones are the same table.
///
/// Whoever changes a service's tables holds a lock of that service from deciding to having committed: a table knows no other
/// writers.
pub struct Table<T>(Arc<Shared<T>>);

struct Shared<T> {
    store: Arc<dyn Store>,
    collection: &'static str,
    rows: RwLock<BTreeMap<Arc<str>, Row<T>>>,
}

struct Row<T> {
    version: u64,
    value: Arc<T>,
}

#[derive(Serialize, Deserialize)]
struct Body<T> {
    format: u32,
    value: T,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Table<T> {
        Table(self.0.clone())
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Table<T> {
    /// Reads the whole collection.
    ///
    /// # Errors
    /// The store's; `Corrupt` for a document that is not of this type.
    pub fn open(
        store: &Arc<dyn Store>,
        collection: &'static str,
    ) -> Result<Table<T>, store::Error> {
        let table = Table(Arc::new(Shared {
            store: store.clone(),
            collection,
            rows: RwLock::default(),
        }));
        table.read_again()?;
        Ok(table)
    }

    pub fn get(&self, key: &str) -> Option<Arc<T>> {
        self.rows().get(key).map(|row| row.value.clone())
    }

    /// Rows in the order of their keys, from the one behind `after` on.
    pub fn after(&self, after: Option<&str>, limit: usize) -> Vec<(Arc<str>, Arc<T>)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows()
            .range::<str, _>((from, Bound::Unbounded))
            .take(limit)
            .map(|(key, row)| (key.clone(), row.value.clone()))
            .collect()
    }

    /// All rows in the order of their keys.
    pub fn all(&self) -> Vec<(Arc<str>, Arc<T>)> {
        self.after(None, usize::MAX)
    }

    pub fn len(&self) -> usize {
        self.rows().len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows().is_empty()
    }

    fn rows(&self) -> RwLockReadGuard<'_, BTreeMap<Arc<str>, Row<T>>> {
        self.0.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn version(&self, key: &str) -> u64 {
        self.rows().get(key).map_or(0, |row| row.version)
    }

    fn read_again(&self) -> Result<(), store::Error> {
        let Shared {
            store, collection, ..
        } = &*self.0;
        let mut rows = BTreeMap::new();
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = store.documents(collection, after.as_deref(), PAGE)?;
            after = page.last().map(|document| document.key.clone());
            for document in page {
                let row = read(collection, &document)?;
                rows.insert(document.key, row);
            }
            if after.is_none() {
                break;
            }
        }
        *self.0.rows.write().unwrap_or_else(PoisonError::into_inner) = rows;
        Ok(())
    }

    fn apply(&self, key: Arc<str>, version: u64, value: Option<T>) {
        let mut rows = self.0.rows.write().unwrap_or_else(PoisonError::into_inner);
        match value.map(Arc::new) {
            Some(value) => rows.insert(key, Row { version, value }),
            None => rows.remove(&key),
        };
    }
}

fn read<T: DeserializeOwned>(
    collection: &str,
    document: &store::Document,
) -> Result<Row<T>, store::Error> {
    let damaged = |what: String| {
        store::Error::Corrupt(format!("document {} of {collection}: {what}", document.key))
    };
    let value = parse(&document.body).map_err(damaged)?;
    Ok(Row {
        version: document.version,
        value: Arc::new(value),
    })
}

/// A document's body.
pub(crate) fn body<T: Serialize>(value: &T) -> Result<Arc<str>, serde_json::Error> {
    let format = FORMAT;
    serde_json::to_string(&Body { format, value }).map(Into::into)
}

/// What a document's body holds, or what is wrong with it.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let body: Body<T> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match body.format {
        FORMAT => Ok(body.value),
        unknown => Err(format!("its format {unknown} is unknown")),
    }
}

/// Changes of one or several tables that are made all or none.
#[must_use = "nothing is written before it is committed"]
pub struct Transaction {
    store: Arc<dyn Store>,
    audit: Option<AuditEntry>,
    writes: Vec<DocumentWrite>,
    /// What brings memory up to what was written.
    applies: Vec<Box<dyn FnOnce() + Send>>,
    /// Tables that are to be read again when the outcome is open.
    tables: BTreeSet<&'static str>,
    /// What reads again what is concerned.
    rereads: Vec<Box<dyn FnOnce() -> Result<(), store::Error> + Send>>,
    /// The first value that could not be written as JSON.
    failed: Option<store::Error>,
}

impl Transaction {
    pub fn new(store: &Arc<dyn Store>, audit: Option<AuditEntry>) -> Transaction {
        Transaction {
            store: store.clone(),
            audit,
            writes: Vec::new(),
            applies: Vec::new(),
            tables: BTreeSet::new(),
            rereads: Vec::new(),
            failed: None,
        }
    }

    /// Creates or replaces a row. A key is to be changed once in a transaction.
    pub fn put<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        table: &Table<T>,
        key: impl Into<Arc<str>>,
        value: T,
    ) {
        self.change(table, key.into(), Some(value));
    }

    /// Deletes a row, if there is one.
    pub fn delete<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        table: &Table<T>,
        key: impl Into<Arc<str>>,
    ) {
        let key = key.into();
        if table.version(&key) > 0 {
            self.change(table, key, None);
        }
    }

    fn change<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        table: &Table<T>,
        key: Arc<str>,
        value: Option<T>,
    ) {
        let body = value.as_ref().map(body).transpose();
        let version = table.version(&key);
        let (collection, applied) = (table.0.collection, table.clone());
        // Once for all of its rows that are written.
        let reread = self.tables.insert(collection).then(|| table.clone());
        self.write(
            collection,
            key.clone(),
            version,
            body,
            move || applied.apply(key, version + 1, value),
            move || reread.map_or(Ok(()), |table| table.read_again()),
        );
    }

    /// Writes one document of whoever keeps its own memory: `apply` brings it up to what was written, `read_again` up to what the
    /// store has when the outcome is open.
    pub(crate) fn write(
        &mut self,
        collection: &'static str,
        key: Arc<str>,
        expected_version: u64,
        body: Result<Option<Arc<str>>, serde_json::Error>,
        apply: impl FnOnce() + Send + 'static,
        read_again: impl FnOnce() -> Result<(), store::Error> + Send + 'static,
    ) {
        match body {
            Ok(body) => self.writes.push(DocumentWrite {
                collection: collection.into(),
                key,
                expected_version: Some(expected_version),
                body,
            }),
            Err(error) => {
                let what = format!("document {key} of {collection}: {error}");
                self.failed.get_or_insert(store::Error::Corrupt(what));
            }
        }
        self.applies.push(Box::new(apply));
        self.rereads.push(Box::new(read_again));
    }

    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Writes everything durably, then brings memory up to it. It waits for the store: not for async code.
    ///
    /// # Errors
    /// The store's. After one that leaves the outcome open the tables are read again.
    pub fn commit(self) -> Result<(), store::Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let written = self.store.write(self.writes, self.audit);
        match &written {
            Ok(()) => self.applies.into_iter().for_each(|apply| apply()),
            Err(store::Error::Conflict(_) | store::Error::Indeterminate(_)) => {
                for read_again in self.rereads {
                    read_again()?;
                }
            }
            Err(_) => {}
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::MemoryStore;

    fn store() -> Arc<dyn Store> {
        Arc::new(MemoryStore::default())
    }

    #[test]
    fn what_was_committed_is_in_memory_and_is_read_again() {
        let store = store();
        let numbers: Table<u32> = Table::open(&store, "numbers").unwrap();
        let names: Table<String> = Table::open(&store, "names").unwrap();
        let mut change = Transaction::new(&store, None);
        for number in 0..2500 {
            change.put(&numbers, format!("{number:04}"), number);
        }
        change.put(&names, "a", "Ada".to_owned());
        assert!(numbers.is_empty() && names.is_empty());
        change.commit().unwrap();
        let mut change = Transaction::new(&store, None);
        change.delete(&numbers, "0007");
        change.delete(&numbers, "gone");
        change.put(&names, "a", "Anna".to_owned());
        change.commit().unwrap();

        let again: Table<u32> = Table::open(&store, "numbers").unwrap();
        for numbers in [&numbers, &again] {
            assert_eq!(numbers.len(), 2499);
            let page = numbers.after(Some("0006"), 2);
            let page: Vec<_> = page.iter().map(|(key, n)| (&**key, **n)).collect();
            assert_eq!(page, [("0008", 8), ("0009", 9)]);
        }
        assert_eq!(*names.get("a").unwrap(), "Anna");
    }

    #[test]
    fn a_conflict_changes_nothing_and_shows_what_the_store_has() {
        let store = store();
        let numbers: Table<u32> = Table::open(&store, "numbers").unwrap();
        let elsewhere: Table<u32> = Table::open(&store, "numbers").unwrap();
        let mut change = Transaction::new(&store, None);
        change.put(&elsewhere, "a", 1);
        change.commit().unwrap();
        let mut change = Transaction::new(&store, None);
        change.put(&numbers, "a", 2);
        change.put(&numbers, "b", 2);
        assert!(matches!(change.commit(), Err(store::Error::Conflict(_))));
        assert_eq!(numbers.get("a").as_deref(), Some(&1));
        assert_eq!(numbers.len(), 1);
    }
}
