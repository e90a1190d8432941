-- The archive: append-only. A change of layout adds a numbered step in open.ts and never touches archived bytes.

CREATE TABLE entries (
  entry_index    INTEGER PRIMARY KEY,
  measurement_id TEXT NOT NULL UNIQUE,
  received_at    TEXT NOT NULL,
  context        TEXT NOT NULL,
  envelope       BLOB NOT NULL,
  receipt        TEXT NOT NULL
) STRICT;

-- Apart from the entries, because forgetting a measurement erases its nonce.
CREATE TABLE nonces (
  measurement_id TEXT PRIMARY KEY,
  nonce          BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE nodes (
  level      INTEGER NOT NULL,
  node_index INTEGER NOT NULL,
  hash       BLOB NOT NULL,
  PRIMARY KEY (level, node_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  size      INTEGER PRIMARY KEY,
  note      TEXT NOT NULL,
  signed_at TEXT NOT NULL
) STRICT;

CREATE TABLE snapshots (
  sha256      TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  name        TEXT NOT NULL,
  received_at TEXT NOT NULL,
  bytes       BLOB NOT NULL
) STRICT;

CREATE TABLE contexts_in_force (
  turn   INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL,
  since  TEXT NOT NULL
) STRICT;

-- Never published; the only table here that forgets on a date.
CREATE TABLE private_parts (
  measurement_id TEXT PRIMARY KEY,
  envelope       BLOB NOT NULL,
  erase_after    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX private_parts_by_date ON private_parts (erase_after);

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER nonces_no_update BEFORE UPDATE ON nonces BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER nonces_no_delete BEFORE DELETE ON nonces BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER nodes_no_update BEFORE UPDATE ON nodes BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER nodes_no_delete BEFORE DELETE ON nodes BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER private_parts_no_update BEFORE UPDATE ON private_parts BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
