-- Layout 2: which diary entries of the control a verdict rests on.

ALTER TABLE verdicts ADD COLUMN control_source TEXT;
-- JSON list of ids in archive.db.
ALTER TABLE verdicts ADD COLUMN diary TEXT NOT NULL DEFAULT '[]';

CREATE TABLE diary_cursor (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  diary_id INTEGER NOT NULL
) STRICT;
