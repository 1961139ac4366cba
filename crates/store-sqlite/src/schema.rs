//! Connections, the tables and their versions.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

/// Format of the tables: `user_version`.
pub(crate) const FORMAT: i64 = 1;

/// `SWdb`, so that a file that is not ours is told from one that is.
const APPLICATION_ID: i64 = 0x5357_6462;

const TABLES: &str = include_str!("schema.sql");

/// One a format, from the one before: the first makes the tables in an empty file.
const MIGRATIONS: [&str; FORMAT as usize] = [TABLES];

/// What keeps a file from being used.
#[derive(Debug)]
pub(crate) enum Unusable {
    Newer { found: i64, release: Option<String> },
    Foreign,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Unusable {
        Unusable::Sqlite(error)
    }
}

/// A connection that may write. It never makes a file: [`create`] does.
pub(crate) fn writable(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn readable(path: &Path) -> rusqlite::Result<Connection> {
    // Not read-only for SQLite: the first connection to a WAL has to be able to make its index.
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -2 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // A connection is used by one thread at a time, so SQLite's own locks are not needed.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    // The last one to close would write the WAL back: not into a file that turned out to be damaged. The writer does it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Closes the last connection: what is in the WAL goes into the file, and the WAL goes.
pub(crate) fn close(connection: Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.close().map_err(|(_, error)| error)
}

/// Makes the tables in a new file.
pub(crate) fn create(path: &Path) -> Result<(), Unusable> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = connect(path, flags)?;
    // Both only work before the first table.
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&connection, 0)?;
    Ok(())
}

/// Checks whose the file is and which format it has.
pub(crate) fn format(connection: &Connection) -> Result<i64, Unusable> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if number("application_id")? != APPLICATION_ID {
        return Err(Unusable::Foreign);
    }
    let found = number("user_version")?;
    if found > FORMAT {
        return Err(Unusable::Newer {
            found,
            release: setting(connection, "release").ok().flatten(),
        });
    }
    Ok(found)
}

/// Brings the tables from the format `from` to the present one.
pub(crate) fn migrate(connection: &Connection, from: i64) -> rusqlite::Result<()> {
    if from == FORMAT {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    let done = usize::try_from(from).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO settings (key, value) VALUES ('release', ?1)",
        [env!("CARGO_PKG_VERSION")],
    )?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

fn setting(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("SELECT value FROM settings WHERE key = ?1")?;
    statement.query_row([key], |row| row.get(0)).optional()
}

/// What SQLite finds wrong with the file by one of its two checks; None: nothing. Reads all of it.
pub(crate) fn damage(connection: &Connection, check: &str) -> rusqlite::Result<Option<String>> {
    let mut check = connection.prepare(&format!("PRAGMA {check}"))?;
    let found: String = check.query_row([], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}
