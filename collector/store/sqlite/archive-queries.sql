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
