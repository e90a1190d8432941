-- Layout 3: who intercepts. Sightings, the genuine chains beside them, forged chains, and events joined from these.

CREATE TABLE sightings (
  entry_index    INTEGER PRIMARY KEY,
  measurement_id TEXT NOT NULL UNIQUE,
  authority_key  TEXT NOT NULL,
  pseudonym      TEXT NOT NULL,
  sighting       TEXT NOT NULL
) STRICT;
CREATE INDEX sightings_by_authority ON sightings (authority_key, pseudonym, entry_index);

-- Where each name was forged: which events a genuine chain of it there has a say in.
CREATE TABLE sighting_hosts (
  entry_index   INTEGER NOT NULL,
  host          TEXT NOT NULL,
  asn           INTEGER NOT NULL,
  authority_key TEXT NOT NULL,
  PRIMARY KEY (entry_index, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_hosts_by_name ON sighting_hosts (asn, host, authority_key);

CREATE TABLE genuine_chains (
  entry_index    INTEGER NOT NULL,
  host           TEXT NOT NULL,
  asn            INTEGER NOT NULL,
  start_time     TEXT NOT NULL,
  measurement_id TEXT NOT NULL,
  pseudonym      TEXT NOT NULL,
  PRIMARY KEY (entry_index, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX genuine_chains_by_network ON genuine_chains (asn, host, start_time);

-- Each certificate once, whoever showed it.
CREATE TABLE certificates (
  sha256 TEXT PRIMARY KEY,
  der    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE chain_certificates (
  entry_index INTEGER NOT NULL,
  chain       INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  sha256      TEXT NOT NULL,
  PRIMARY KEY (entry_index, chain, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_certificates_by_hash ON chain_certificates (sha256);

CREATE TABLE events (
  authority_key TEXT PRIMARY KEY,
  event_id      TEXT NOT NULL UNIQUE,
  authority     TEXT NOT NULL,
  -- 0: interference, so that it comes first.
  rank          INTEGER NOT NULL,
  decision      TEXT NOT NULL,
  since         TEXT NOT NULL,
  until         TEXT NOT NULL,
  -- The context whose networks it was joined with.
  context       TEXT NOT NULL,
  regional      INTEGER NOT NULL,
  event         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX events_in_order ON events (rank, until DESC, event_id);

-- Authorities whose sightings (0), or what is beside them (1), have changed since they were joined.
CREATE TABLE events_due (
  turn          INTEGER PRIMARY KEY,
  authority_key TEXT NOT NULL UNIQUE,
  cause         INTEGER NOT NULL
) STRICT;
CREATE INDEX events_due_in_order ON events_due (cause, turn);
