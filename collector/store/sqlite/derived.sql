-- Everything here is computed from the archive and may be deleted at any time.

CREATE TABLE verdicts (
  entry_index    INTEGER PRIMARY KEY,
  measurement_id TEXT NOT NULL UNIQUE,
  received_at    TEXT NOT NULL,
  start_time     TEXT NOT NULL,
  late           INTEGER NOT NULL,
  input          TEXT,
  target         TEXT NOT NULL,
  domain         TEXT NOT NULL,
  report_id      TEXT NOT NULL,
  test_name      TEXT NOT NULL,
  probe_cc       TEXT NOT NULL,
  probe_asn      TEXT NOT NULL,
  network_name   TEXT NOT NULL,
  context        TEXT NOT NULL,
  status         TEXT NOT NULL,
  outcome        TEXT,
  layer          TEXT,
  method         TEXT,
  cause          TEXT,
  evidence       TEXT,
  verdict        TEXT
) STRICT;
CREATE INDEX verdicts_by_time ON verdicts (start_time, entry_index);
CREATE INDEX verdicts_by_domain ON verdicts (domain, start_time);
CREATE INDEX verdicts_by_target ON verdicts (target, start_time);
CREATE INDEX verdicts_by_network ON verdicts (probe_asn, start_time);

CREATE TABLE observations (
  entry_index INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  observation TEXT NOT NULL,
  PRIMARY KEY (entry_index, position)
) STRICT, WITHOUT ROWID;

-- The newest measurement of each target on each network, by the time of measuring: a late upload of an old
-- measurement must not hide a newer one.
CREATE TABLE latest (
  target      TEXT NOT NULL,
  probe_cc    TEXT NOT NULL,
  probe_asn   TEXT NOT NULL,
  start_time  TEXT NOT NULL,
  entry_index INTEGER NOT NULL,
  PRIMARY KEY (target, probe_cc, probe_asn)
) STRICT, WITHOUT ROWID;
