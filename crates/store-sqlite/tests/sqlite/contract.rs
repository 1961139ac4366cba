//! The suite that every store has to pass.

use store::Store;
use tempfile::TempDir;

use crate::support::open;

/// Makes stores in directories that live as long as this does.
#[derive(Default)]
struct Directories(Vec<TempDir>);

impl Directories {
    fn store(&mut self) -> Box<dyn Store> {
        let directory = TempDir::new().expect("a directory");
        let store = open(directory.path());
        self.0.push(directory);
        Box::new(store)
    }
}

#[test]
fn keeps_the_contract() {
    let mut directories = Directories::default();
    store::conformance::check(&mut || directories.store());
}

#[test]
fn answers_as_the_reference_does() {
    let mut directories = Directories::default();
    store::conformance::differential(&mut || directories.store(), 0..25);
}
