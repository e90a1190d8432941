-- Layout 4: votes beside verdicts, blocking events joined from them.

CREATE TABLE votes (
  entry_index    INTEGER PRIMARY KEY,
  measurement_id TEXT NOT NULL,
  domain         TEXT NOT NULL,
  asn            INTEGER NOT NULL,
  access         TEXT NOT NULL,
  pseudonym      TEXT NOT NULL,
  -- Milliseconds since 1970.
  at             INTEGER NOT NULL,
  received_at    INTEGER NOT NULL,
  outcome        TEXT NOT NULL,
  method         TEXT,
  cause          TEXT,
  evidence       TEXT
) STRICT;
CREATE INDEX votes_by_domain ON votes (domain, at, measurement_id);
CREATE INDEX votes_by_receipt ON votes (domain, received_at);
-- Whether more than one pseudonym says that a domain is blocked: only then is there something to decide.
CREATE INDEX votes_blocked ON votes (domain, pseudonym) WHERE outcome IN ('interfered', 'suspected');

CREATE TABLE blocking_events (
  event_id TEXT PRIMARY KEY,
  domain   TEXT NOT NULL,
  state    TEXT NOT NULL,
  basis    TEXT NOT NULL,
  -- 0: open, so that it comes first.
  rank     INTEGER NOT NULL,
  -- First moment that spoke for it, last one before it was over; milliseconds since 1970.
  onset    INTEGER NOT NULL,
  until    INTEGER,
  -- The context whose networks it was joined with.
  context  TEXT NOT NULL,
  event    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blocking_events_in_order ON blocking_events (rank, onset DESC, event_id);
CREATE INDEX blocking_events_by_domain ON blocking_events (domain);

-- Domains whose votes have changed since their events were joined.
CREATE TABLE blocking_due (
  turn   INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE
) STRICT;

-- Entries that an earlier version has derived, without votes: they are derived again at the next start.
CREATE TABLE derive_again (
  entry_index INTEGER PRIMARY KEY
) STRICT;
INSERT INTO derive_again SELECT entry_index FROM verdicts;
