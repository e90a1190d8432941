-- Layout 2: the control's diary. Append-only like the rest.

CREATE TABLE diary (
  id          INTEGER PRIMARY KEY,
  url         TEXT NOT NULL,
  host        TEXT NOT NULL,
  made_at     TEXT NOT NULL,
  received_at TEXT NOT NULL,
  keyid       TEXT NOT NULL,
  -- Of equal bytes the signature is equal, so this keeps the same words from being stored twice.
  sig         TEXT NOT NULL UNIQUE,
  -- The signed bytes, deflated: mostly certificates, the same at every server of a site.
  payload     BLOB NOT NULL
) STRICT;
CREATE INDEX diary_by_url ON diary (url, made_at);
CREATE INDEX diary_by_url_received ON diary (url, received_at);
CREATE INDEX diary_by_host ON diary (host, id);

-- What is in the signed bytes too, for look-ups.
CREATE TABLE diary_sites (
  diary_id    INTEGER NOT NULL,
  site_ip     TEXT NOT NULL,
  host        TEXT NOT NULL,
  received_at TEXT NOT NULL,
  trusted     INTEGER NOT NULL,
  PRIMARY KEY (diary_id, site_ip)
) STRICT, WITHOUT ROWID;
CREATE INDEX diary_sites_by_host ON diary_sites (host, received_at);
CREATE INDEX diary_sites_by_date ON diary_sites (received_at);

CREATE TRIGGER diary_no_update BEFORE UPDATE ON diary BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER diary_no_delete BEFORE DELETE ON diary BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER diary_sites_no_update BEFORE UPDATE ON diary_sites BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER diary_sites_no_delete BEFORE DELETE ON diary_sites BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
