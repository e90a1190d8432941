-- beats.db: who was heard of late (erased after 14 days), counts of groups (kept), silences.

CREATE TABLE members (
  pseudonym   TEXT PRIMARY KEY,
  cc          TEXT NOT NULL,
  asn         TEXT NOT NULL,
  access      TEXT NOT NULL,
  region      TEXT,
  first_heard INTEGER NOT NULL,
  last_heard  INTEGER NOT NULL,
  period_s    INTEGER NOT NULL,
  sequence    INTEGER NOT NULL,
  leaving     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_last_heard ON members (last_heard);

CREATE TABLE journals (
  turn        INTEGER PRIMARY KEY,
  note_id     TEXT NOT NULL UNIQUE,
  pseudonym   TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  -- The journal's JSON, deflated.
  journal     BLOB NOT NULL
) STRICT;
CREATE INDEX journals_by_member ON journals (pseudonym);
CREATE INDEX journals_by_time ON journals (received_at);

CREATE TABLE member_groups (
  group_id  INTEGER PRIMARY KEY,
  group_key TEXT NOT NULL UNIQUE
) STRICT;

-- One row per group and hour: 60 × active (16 bits), 60 × overdue (16 bits), 60 × observed (8 bits), little-endian, deflated.
CREATE TABLE minute_counts (
  hour     INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  counts   BLOB NOT NULL,
  PRIMARY KEY (hour, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX minute_counts_by_group ON minute_counts (group_id, hour);

CREATE TABLE learnt (
  group_key TEXT PRIMARY KEY,
  learnt    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE silences (
  event_id TEXT PRIMARY KEY,
  state    TEXT NOT NULL,
  -- onset.after, and the end; null while it goes on.
  since    INTEGER NOT NULL,
  ended_at INTEGER,
  event    TEXT NOT NULL,
  basis    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX silences_in_order ON silences (ended_at IS NOT NULL, since DESC, event_id);
