//! Deployment packages: kept in the store, so that they are as durable as what names them and part of every backup; unpacked
//! into a folder outside of the data directory when they are first needed.

pub(super) mod folder;
pub(super) mod unpack;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{DocumentWrite, Store};

use crate::table::{Table, Transaction};
use unpack::{UnpackError, unpack};

/// Pieces of packages, by `SHA256/NUMBER`: base64 texts, which no table holds in memory.
const PIECES: &str = "function-code";
/// Others can write to the store between two pieces.
const PIECE_BYTES: usize = 1024 * 1024;

/// A row of `function-packages`, by SHA-256. It stands before its pieces do, so that none of them is forgotten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Package {
    bytes: u64,
    pieces: usize,
    /// All pieces are there.
    is_complete: bool,
}

/// Why a package cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackageError {
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// All packages. Whoever adds or removes some holds the service's lock.
pub(super) struct Packages {
    store: Arc<dyn Store>,
    packages: Table<Package>,
    /// Of unpacked packages, by SHA-256.
    folder: PathBuf,
    /// One package is unpacked at a time.
    unpacking: Mutex<()>,
}

impl Packages {
    pub fn open(store: &Arc<dyn Store>, folder: PathBuf) -> Result<Packages, store::Error> {
        Ok(Packages {
            store: store.clone(),
            packages: Table::open(store, "function-packages")?,
            folder,
            unpacking: Mutex::default(),
        })
    }

    /// Where a package is or will be unpacked.
    pub fn folder(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256)
    }

    /// Bytes of all packages.
    pub fn bytes(&self) -> u64 {
        let packages = self.packages.all();
        packages.iter().map(|(_, package)| package.bytes).sum()
    }

    /// Whether an archive is one that Lambda would take; what was unpacked for it serves its first start.
    pub fn check(&self, archive: &[u8]) -> Result<(), UnpackError> {
        let sha256 = hash(archive);
        let _turn = self.turn();
        self.unpack(archive, &self.folder(&sha256))
    }

    /// Keeps an archive that was checked; gives its SHA-256.
    pub fn put(&self, archive: &[u8]) -> Result<String, store::Error> {
        let sha256 = hash(archive);
        let stored = self.packages.get(&sha256);
        if stored.is_some_and(|package| package.is_complete) {
            return Ok(sha256);
        }
        let pieces: Vec<&[u8]> = archive.chunks(PIECE_BYTES).collect();
        let note = |is_complete| {
            let package = Package {
                bytes: archive.len() as u64,
                pieces: pieces.len(),
                is_complete,
            };
            let mut noted = Transaction::new(&self.store, None);
            noted.put(&self.packages, sha256.as_str(), package);
            noted.commit()
        };
        note(false)?;
        for (number, piece) in pieces.iter().enumerate() {
            self.write(&sha256, number, Some(BASE64.encode(piece).into()))?;
        }
        note(true)?;
        Ok(sha256)
    }

    fn write(
        &self,
        sha256: &str,
        number: usize,
        body: Option<Arc<str>>,
    ) -> Result<(), store::Error> {
        let write = DocumentWrite {
            collection: PIECES.into(),
            key: format!("{sha256}/{number}").into(),
            // What was left of an upload that failed is written again.
            expected_version: None,
            body,
        };
        self.store.write(vec![write], None)
    }

    /// Forgets the packages that `is_named` does not know, with their folders.
    pub fn retain(&self, is_named: impl Fn(&str) -> bool) -> Result<(), store::Error> {
        for (sha256, _) in self.packages.all() {
            if !is_named(&sha256) {
                self.remove(&sha256)?;
            }
        }
        Ok(())
    }

    fn remove(&self, sha256: &str) -> Result<(), store::Error> {
        let Some(package) = self.packages.get(sha256) else {
            return Ok(());
        };
        // Whoever brings it again while it is half gone brings all of it.
        let mut opened = Transaction::new(&self.store, None);
        let incomplete = Package {
            is_complete: false,
            ..Package::clone(&package)
        };
        opened.put(&self.packages, sha256, incomplete);
        opened.commit()?;
        for number in 0..package.pieces {
            self.write(sha256, number, None)?;
        }
        let mut forgotten = Transaction::new(&self.store, None);
        forgotten.delete(&self.packages, sha256);
        forgotten.commit()?;
        let _turn = self.turn();
        // It is in a cache: the next start empties that.
        drop(unpack::remove(&self.folder(sha256)));
        Ok(())
    }

    /// The archive itself.
    pub fn archive(&self, sha256: &str) -> Result<Vec<u8>, store::Error> {
        let missing = |what: &str| store::Error::Corrupt(format!("package {sha256}: {what}"));
        let package = self.packages.get(sha256);
        let package = package.ok_or_else(|| missing("it is not there"))?;
        let mut archive = Vec::new();
        for number in 0..package.pieces {
            let piece = self.store.document(PIECES, &format!("{sha256}/{number}"))?;
            let piece = piece.ok_or_else(|| missing("a piece is missing"))?;
            let piece = BASE64.decode(piece.body.as_bytes());
            archive.extend(piece.map_err(|error| missing(&error.to_string()))?);
        }
        if hash(&archive) != sha256 {
            return Err(missing("it was damaged"));
        }
        Ok(archive)
    }

    /// Sees to it that a package stands in its folder. May take seconds.
    pub fn provide(&self, sha256: &str) -> Result<(), PackageError> {
        let folder = self.folder(sha256);
        if folder.is_dir() {
            return Ok(());
        }
        let _turn = self.turn();
        Ok(self.unpack(&self.archive(sha256)?, &folder)?)
    }

    /// Another folder is filled and then renamed: one of this name is complete.
    fn unpack(&self, archive: &[u8], folder: &Path) -> Result<(), UnpackError> {
        if folder.is_dir() {
            return Ok(());
        }
        let at = |source| UnpackError::Io {
            path: folder.to_owned(),
            source,
        };
        let unfinished = self.folder.join("unfinished");
        unpack::remove(&unfinished).map_err(at)?;
        let unpacked = unpack(archive, &unfinished)
            .and_then(|()| std::fs::rename(&unfinished, folder).map_err(at));
        if unpacked.is_err() {
            drop(unpack::remove(&unfinished));
        }
        unpacked
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.unpacking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
