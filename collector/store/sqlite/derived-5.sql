-- Layout 5: what works in one network and fails in another.

-- JSON list of measurement ids that the verdict rests on.
ALTER TABLE verdicts ADD COLUMN witnesses TEXT NOT NULL DEFAULT '[]';

-- Completed handshakes with a trusted chain, by a reflector's word on the network.
CREATE TABLE reached_places (
  address        TEXT NOT NULL,
  port           INTEGER NOT NULL,
  asn            INTEGER NOT NULL,
  start_time     TEXT NOT NULL,
  measurement_id TEXT NOT NULL,
  entry_index    INTEGER NOT NULL,
  PRIMARY KEY (address, port, asn, start_time, measurement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reached_places_by_entry ON reached_places (entry_index);

-- Measurements whose suspicion a witness would confirm, and the ids of those that they were judged with.
CREATE TABLE silent_places (
  address     TEXT NOT NULL,
  port        INTEGER NOT NULL,
  start_time  TEXT NOT NULL,
  entry_index INTEGER NOT NULL,
  asn         INTEGER NOT NULL,
  given       TEXT NOT NULL,
  PRIMARY KEY (address, port, start_time, entry_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX silent_places_by_entry ON silent_places (entry_index);

-- New witnesses whose influence is being worked out, and how far.
CREATE TABLE witnesses_due (
  address     TEXT NOT NULL,
  port        INTEGER NOT NULL,
  start_time  TEXT NOT NULL,
  after_index INTEGER NOT NULL,
  -- Higher each time that one more measurement reached it.
  generation  INTEGER NOT NULL,
  PRIMARY KEY (address, port, start_time)
) STRICT, WITHOUT ROWID;

-- Entries derived by an earlier version: nobody knows whom they reached, or where a witness would confirm what they found.
INSERT OR IGNORE INTO derive_again SELECT entry_index FROM verdicts;
