-- Layout 3: what was announced. Never written again by a rebuild; a withdrawal is a row of its own.

CREATE TABLE alerts (
  id      INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  subject TEXT NOT NULL,
  state   TEXT NOT NULL CHECK (state IN ('opened', 'withdrawn')),
  at      TEXT NOT NULL,
  -- Of a withdrawal: the row that it takes back.
  opens   INTEGER,
  inputs  TEXT NOT NULL,
  words   TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_by_subject ON alerts (kind, subject, id);

CREATE TRIGGER alerts_no_update BEFORE UPDATE ON alerts BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER alerts_no_delete BEFORE DELETE ON alerts BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
