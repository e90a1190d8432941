-- Layout 4: alerts that change and end. A CHECK can't be widened in place, so the rows are copied as they are.

CREATE TABLE alerts_widened (
  id      INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  subject TEXT NOT NULL,
  state   TEXT NOT NULL CHECK (state IN ('opened', 'changed', 'ended', 'withdrawn')),
  at      TEXT NOT NULL,
  -- Of all but 'opened': the row that it belongs to.
  opens   INTEGER,
  inputs  TEXT NOT NULL,
  words   TEXT NOT NULL
) STRICT;
INSERT INTO alerts_widened SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts ORDER BY id;
-- Dropping a table fires none of its triggers, and takes them with it.
DROP TABLE alerts;
ALTER TABLE alerts_widened RENAME TO alerts;
CREATE INDEX alerts_by_subject ON alerts (kind, subject, id);
CREATE INDEX alerts_by_time ON alerts (at);

CREATE TRIGGER alerts_no_update BEFORE UPDATE ON alerts BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER alerts_no_delete BEFORE DELETE ON alerts BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
-- What was announced of a domain is looked at whenever its events are decided again.
CREATE INDEX alerts_by_domain ON alerts (inputs ->> '$.domain', id) WHERE kind = 'blocking';
