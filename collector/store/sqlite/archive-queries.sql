-- name: insertEntry
INSERT INTO entries (entry_index, measurement_id, received_at, context, envelope, receipt)
VALUES (@index, @measurementId, @receivedAt, @context, @envelope, @receipt);

-- name: insertNonce
INSERT INTO nonces (measurement_id, nonce) VALUES (@measurementId, @nonce);

-- name: insertNode
INSERT INTO nodes (level, node_index, hash) VALUES (@level, @index, @hash);

-- name: insertPrivatePart
INSERT INTO private_parts (measurement_id, envelope, erase_after) VALUES (@measurementId, @envelope, @eraseAfter);

-- name: size
-- Not count(*): entries have no gaps, so the last index says it without a scan.
SELECT coalesce(max(entry_index) + 1, 0) AS size FROM entries;

-- name: findEntry
SELECT entry_index AS "index", measurement_id AS measurementId, received_at AS receivedAt, context, envelope, receipt
FROM entries WHERE measurement_id = ?;

-- name: entriesFrom
SELECT entry_index AS "index", measurement_id AS measurementId, received_at AS receivedAt, context, envelope, receipt
FROM entries WHERE entry_index >= ? ORDER BY entry_index LIMIT ?;

-- name: nonce
SELECT nonce FROM nonces WHERE measurement_id = ?;

-- name: node
SELECT hash FROM nodes WHERE level = ? AND node_index = ?;

-- name: insertCheckpoint
INSERT INTO checkpoints (size, note, signed_at) VALUES (@size, @note, @signedAt) ON CONFLICT (size) DO NOTHING;

-- name: latestCheckpoint
SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1;

-- name: insertSnapshot
INSERT INTO snapshots (sha256, kind, name, received_at, bytes)
VALUES (@sha256, @kind, @name, @receivedAt, @bytes) ON CONFLICT (sha256) DO NOTHING;

-- name: snapshot
SELECT sha256, kind, name, received_at AS receivedAt, bytes FROM snapshots WHERE sha256 = ?;

-- name: currentContext
SELECT sha256 FROM contexts_in_force ORDER BY turn DESC LIMIT 1;

-- name: putInForce
INSERT INTO contexts_in_force (sha256, since) VALUES (@sha256, @since);

-- name: privatePart
SELECT envelope FROM private_parts WHERE measurement_id = ?;

-- name: erasePrivateParts
DELETE FROM private_parts WHERE erase_after <= ?;

-- name: insertDiary
INSERT INTO diary (url, host, made_at, received_at, keyid, sig, payload)
VALUES (@url, @host, @madeAt, @receivedAt, @keyid, @sig, @payload) ON CONFLICT (sig) DO NOTHING;

-- name: insertDiaryAddress
INSERT INTO diary_sites (diary_id, site_ip, host, received_at, trusted)
VALUES (@id, @address, @host, @receivedAt, @trusted) ON CONFLICT DO NOTHING;

-- name: diarySize
SELECT coalesce(max(id), 0) AS size FROM diary;

-- name: diaryAfter
SELECT id, url, host, made_at AS madeAt, keyid, sig, payload FROM diary WHERE id > ? ORDER BY id LIMIT ?;

-- name: diaryEntry
SELECT id, url, host, made_at AS madeAt, keyid, sig, payload FROM diary WHERE id = ?;

-- name: diaryOf
SELECT id, url, host, made_at AS madeAt, keyid, sig, payload FROM diary
WHERE url = @url AND made_at BETWEEN @since AND @until ORDER BY id;

-- name: diaryLast
SELECT url, max(received_at) AS receivedAt FROM diary GROUP BY url;

-- name: diaryNeighbours
SELECT DISTINCT site_ip AS address, host FROM diary_sites
WHERE received_at >= @since AND trusted = 1 AND host <> @host ORDER BY site_ip, host;

-- name: diaryAddresses
SELECT site_ip AS address FROM diary_sites
WHERE host = @host AND received_at >= @since
GROUP BY site_ip ORDER BY max(diary_id) DESC, site_ip;

-- name: insertAlert
INSERT INTO alerts (kind, subject, state, at, opens, inputs, words)
VALUES (@kind, @subject, @state, @at, @opens, @inputs, @words);

-- name: latestAlert
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts
WHERE kind = @kind AND subject = @subject ORDER BY id DESC LIMIT 1;

-- name: alerts
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts
WHERE (@kind IS NULL OR kind = @kind) AND (@state IS NULL OR state = @state) AND (@since IS NULL OR at >= @since)
  AND (@until IS NULL OR at < @until) AND (@asOf IS NULL OR at <= @asOf)
ORDER BY id DESC LIMIT @limit OFFSET @offset;

-- name: alertCount
SELECT count(*) AS count FROM alerts
WHERE (@kind IS NULL OR kind = @kind) AND (@state IS NULL OR state = @state) AND (@since IS NULL OR at >= @since)
  AND (@until IS NULL OR at < @until) AND (@asOf IS NULL OR at <= @asOf);

-- name: alertsSince
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts WHERE id > @id ORDER BY id LIMIT @limit;

-- name: alert
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts WHERE id = @id;

-- name: alertBefore
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts
WHERE kind = @kind AND subject = @subject AND id < @id ORDER BY id DESC LIMIT 1;

-- name: lastAlert
SELECT coalesce(max(id), 0) AS id FROM alerts;

-- name: latestAboutDomain
SELECT id, kind, subject, state, at, opens, inputs, words FROM alerts AS newest
WHERE kind = 'blocking' AND inputs ->> '$.domain' = @domain AND (@asOf IS NULL OR at <= @asOf) AND NOT EXISTS (
  SELECT 1 FROM alerts
  WHERE kind = newest.kind AND subject = newest.subject AND id > newest.id AND (@asOf IS NULL OR at <= @asOf)
)
ORDER BY id DESC LIMIT @limit;

-- name: standingDomains
SELECT DISTINCT inputs ->> '$.domain' AS domain FROM alerts AS newest
WHERE kind = 'blocking' AND state <> 'withdrawn'
  AND NOT EXISTS (SELECT 1 FROM alerts WHERE kind = newest.kind AND subject = newest.subject AND id > newest.id)
ORDER BY domain;

-- name: openSubjects
SELECT subject FROM alerts AS newest WHERE kind = @kind AND state IN ('opened', 'changed')
  AND NOT EXISTS (SELECT 1 FROM alerts WHERE kind = newest.kind AND subject = newest.subject AND id > newest.id)
ORDER BY subject;
