//! One event against many patterns.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Fields, Matcher, Pattern, Test, any_element};

/// Patterns by keys. An event is compared only with those that have a chance: a pattern that asks for exact texts is
/// found by one of these texts.
#[derive(Debug, Clone)]
pub struct PatternSet<K> {
    entries: Vec<Option<Entry<K>>>,
    places: BTreeMap<K, usize>,
    /// Places in `entries` that are free.
    free: Vec<usize>,
    index: Index,
    /// Places of patterns that no exact text stands for.
    always: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Entry<K> {
    key: K,
    pattern: Pattern,
    /// An event that matches has one of these; None: nothing can be said.
    anchors: Option<Vec<Anchor>>,
}

/// A text at a path.
#[derive(Debug, Clone, PartialEq)]
struct Anchor {
    path: Vec<String>,
    text: String,
}

/// Fields that patterns ask for exact texts, as a tree.
#[derive(Debug, Clone, Default)]
struct Index {
    children: BTreeMap<String, Index>,
    /// Which patterns ask for a text here.
    places: BTreeMap<String, Vec<usize>>,
}

impl<K> Default for PatternSet<K> {
    fn default() -> PatternSet<K> {
        PatternSet {
            entries: Vec::new(),
            places: BTreeMap::new(),
            free: Vec::new(),
            index: Index::default(),
            always: Vec::new(),
        }
    }
}

impl<K: Ord + Clone> PatternSet<K> {
    /// Adds a pattern, or takes it for the one that the key had.
    pub fn insert(&mut self, key: K, pattern: Pattern) {
        self.remove(&key);
        let anchors = self.anchors(&pattern.root, &mut Vec::new());
        let place = self.free.pop().unwrap_or(self.entries.len());
        match &anchors {
            Some(anchors) => anchors
                .iter()
                .for_each(|anchor| self.index.insert(&anchor.path, &anchor.text, place)),
            None => self.always.push(place),
        }
        self.places.insert(key.clone(), place);
        let entry = Some(Entry {
            key,
            pattern,
            anchors,
        });
        match self.entries.get_mut(place) {
            Some(free) => *free = entry,
            None => self.entries.push(entry),
        }
    }

    /// Removes the pattern of a key, if there is one.
    pub fn remove(&mut self, key: &K) {
        let Some(place) = self.places.remove(key) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(place).and_then(Option::take) else {
            return;
        };
        match entry.anchors {
            Some(anchors) => anchors
                .iter()
                .for_each(|anchor| self.index.remove(&anchor.path, &anchor.text, place)),
            None => self.always.retain(|other| *other != place),
        }
        self.free.push(place);
    }

    /// The keys of all patterns that an event matches, each once, in no order that means something.
    pub fn matching(&self, event: &Value) -> Vec<&K> {
        let mut places = self.always.clone();
        self.index.find(event, &mut places);
        places.sort_unstable();
        places.dedup();
        places
            .into_iter()
            .filter_map(|place| self.entries.get(place)?.as_ref())
            .filter(|entry| entry.pattern.matches(event))
            .map(|entry| &entry.key)
            .collect()
    }

    pub fn get(&self, key: &K) -> Option<&Pattern> {
        let place = self.places.get(key)?;
        self.entries
            .get(*place)?
            .as_ref()
            .map(|entry| &entry.pattern)
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Texts of which a matching event has one: those that the fewest patterns are found by so far.
    fn anchors(&self, fields: &Fields, path: &mut Vec<String>) -> Option<Vec<Anchor>> {
        let mut choices = Vec::new();
        for field in &fields.all {
            path.push(field.name.clone());
            match &field.test {
                Test::Object(fields) => choices.extend(self.anchors(fields, path)),
                Test::Leaf(matchers) => {
                    let anchor = |matcher: &Matcher| match matcher {
                        Matcher::Text(text) => Some(Anchor {
                            path: path.clone(),
                            text: text.clone(),
                        }),
                        _ => None,
                    };
                    choices.extend(matchers.iter().map(anchor).collect::<Option<Vec<_>>>());
                }
            }
            path.pop();
        }
        for group in &fields.any {
            let of_all: Option<Vec<Vec<Anchor>>> = group
                .iter()
                .map(|fields| self.anchors(fields, path))
                .collect();
            choices.extend(of_all.map(|anchors| anchors.concat()));
        }
        choices.into_iter().min_by_key(|anchors| {
            anchors
                .iter()
                .map(|anchor| self.index.count(&anchor.path, &anchor.text) + 1)
                .sum::<usize>()
        })
    }
}

impl Index {
    fn insert(&mut self, path: &[String], text: &str, place: usize) {
        match path.split_first() {
            Some((name, rest)) => self
                .children
                .entry(name.clone())
                .or_default()
                .insert(rest, text, place),
            None => self.places.entry(text.into()).or_default().push(place),
        }
    }

    fn remove(&mut self, path: &[String], text: &str, place: usize) {
        if let Some((name, rest)) = path.split_first() {
            if let Some(child) = self.children.get_mut(name) {
                child.remove(rest, text, place);
                if child.children.is_empty() && child.places.is_empty() {
                    self.children.remove(name);
                }
            }
        } else if let Some(places) = self.places.get_mut(text) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.places.remove(text);
            }
        }
    }

    fn count(&self, path: &[String], text: &str) -> usize {
        let node = path
            .iter()
            .try_fold(self, |node, name| node.children.get(name));
        node.and_then(|node| node.places.get(text))
            .map_or(0, Vec::len)
    }

    /// Adds the places that a value's texts stand for.
    fn find(&self, value: &Value, found: &mut Vec<usize>) {
        any_element(value, &mut |element| {
            match element {
                Value::String(text) => found.extend(self.places.get(text).into_iter().flatten()),
                Value::Object(object) => {
                    // The fewer names lead the way.
                    if object.len() < self.children.len() {
                        let known = object
                            .iter()
                            .filter_map(|(name, value)| Some((self.children.get(name)?, value)));
                        known.for_each(|(child, value)| child.find(value, found));
                    } else {
                        let present = self
                            .children
                            .iter()
                            .filter_map(|(name, child)| Some((child, object.get(name)?)));
                        present.for_each(|(child, value)| child.find(value, found));
                    }
                }
                _ => {}
            }
            false
        });
    }
}
