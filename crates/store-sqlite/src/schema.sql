-- Why each table is as it is: docs/design/storage.md.

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ARNs and revisions that many executions name, once.
CREATE TABLE names (
  id INTEGER PRIMARY KEY,
  is_map_run INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (name, is_map_run)
) STRICT;

CREATE TABLE executions (
  id INTEGER PRIMARY KEY,
  -- the first 16 bytes of the SHA-256 of the ARN
  key BLOB NOT NULL,
  version INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  next_due_millis INTEGER,
  kind INTEGER NOT NULL,
  status INTEGER NOT NULL,
  start_millis INTEGER NOT NULL,
  stop_millis INTEGER,
  redrive_count INTEGER NOT NULL,
  redrive_millis INTEGER,
  item_count INTEGER,
  -- ids of names
  state_machine INTEGER NOT NULL,
  version_arn INTEGER,
  alias_arn INTEGER,
  map_run INTEGER,
  revision INTEGER NOT NULL,
  arn TEXT NOT NULL,
  name TEXT NOT NULL,
  header BLOB NOT NULL,
  payloads BLOB
) STRICT;

CREATE UNIQUE INDEX executions_by_key ON executions (key);
CREATE INDEX executions_by_state_machine ON executions (state_machine, status, start_millis) WHERE map_run IS NULL;
CREATE INDEX executions_by_version ON executions (version_arn, status, start_millis) WHERE map_run IS NULL AND version_arn IS NOT NULL;
CREATE INDEX executions_by_alias ON executions (alias_arn, status, start_millis) WHERE map_run IS NULL AND alias_arn IS NOT NULL;
CREATE INDEX executions_by_map_run ON executions (map_run, status, start_millis) WHERE map_run IS NOT NULL;
CREATE INDEX executions_redriven ON executions (start_millis) WHERE redrive_count > 0;
CREATE INDEX executions_open ON executions (ended) WHERE ended = 0;
CREATE INDEX executions_by_stop ON executions (stop_millis) WHERE ended = 1 AND stop_millis IS NOT NULL;
CREATE INDEX executions_by_revision ON executions (revision);

-- id: execution id * 2^24 + id of the first event
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  events BLOB NOT NULL,
  payloads BLOB
) STRICT;

-- id: execution id * 2^24 + frame id
CREATE TABLE frames (
  id INTEGER PRIMARY KEY,
  record BLOB NOT NULL,
  payloads BLOB
) STRICT;

-- text, or the hash of a payload
CREATE TABLE results (
  execution INTEGER NOT NULL,
  frame INTEGER NOT NULL,
  item INTEGER NOT NULL,
  text TEXT,
  payload BLOB,
  PRIMARY KEY (execution, frame, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  execution INTEGER NOT NULL,
  frame INTEGER NOT NULL,
  task INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  call INTEGER NOT NULL,
  record BLOB NOT NULL,
  payloads BLOB,
  PRIMARY KEY (execution, frame, task, attempt, call)
) STRICT, WITHOUT ROWID;

CREATE TABLE map_runs (
  -- id of a name
  id INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL,
  start_millis INTEGER NOT NULL,
  record BLOB NOT NULL,
  payloads BLOB
) STRICT;

CREATE INDEX map_runs_by_execution ON map_runs (execution);

CREATE TABLE payloads (
  execution INTEGER NOT NULL,
  -- SHA-256 of the text
  hash BLOB NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (execution, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (collection, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at_millis INTEGER NOT NULL,
  principal TEXT NOT NULL,
  source TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL
) STRICT;
