-- What channels have been told. Channels are named by a hash: no address is written here.

CREATE TABLE channels (
  channel  TEXT PRIMARY KEY,
  alert_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  id      INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_channel ON messages (channel, sent_at);
