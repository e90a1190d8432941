-- name: keyOfEntry
SELECT authority_key AS "key" FROM sightings WHERE entry_index = ?;

-- name: deleteSighting
DELETE FROM sightings WHERE entry_index = ?;

-- name: insertSighting
INSERT INTO sightings (entry_index, measurement_id, authority_key, pseudonym, sighting)
VALUES (@index, @measurementId, @key, @pseudonym, @sighting);

-- name: deleteHosts
DELETE FROM sighting_hosts WHERE entry_index = ?;

-- name: insertHost
INSERT INTO sighting_hosts (entry_index, host, asn, authority_key) VALUES (@index, @host, @asn, @key) ON CONFLICT DO NOTHING;

-- name: dueBeside
INSERT INTO events_due (authority_key, cause)
SELECT DISTINCT authority_key, 1 FROM sighting_hosts WHERE asn = @asn AND host = @host ON CONFLICT DO NOTHING;

-- name: cleanOfEntry
SELECT asn, host FROM genuine_chains WHERE entry_index = ?;

-- name: deleteClean
DELETE FROM genuine_chains WHERE entry_index = ?;

-- name: insertClean
INSERT INTO genuine_chains (entry_index, host, asn, start_time, measurement_id, pseudonym)
VALUES (@index, @host, @asn, @startTime, @measurementId, @pseudonym) ON CONFLICT DO NOTHING;

-- name: deleteUnusedCertificates
DELETE FROM certificates WHERE sha256 IN (SELECT sha256 FROM chain_certificates WHERE entry_index = @index)
  AND NOT EXISTS (
    SELECT 1 FROM chain_certificates AS other WHERE other.sha256 = certificates.sha256 AND other.entry_index <> @index
  );

-- name: deleteChains
DELETE FROM chain_certificates WHERE entry_index = ?;

-- name: insertCertificate
INSERT INTO certificates (sha256, der) VALUES (@sha256, @der) ON CONFLICT DO NOTHING;

-- name: insertChainCertificate
INSERT INTO chain_certificates (entry_index, chain, position, sha256) VALUES (@index, @chain, @position, @sha256);

-- name: insertDue
INSERT INTO events_due (authority_key, cause) VALUES (?, 0) ON CONFLICT (authority_key) DO UPDATE SET cause = 0;

-- name: deleteDue
DELETE FROM events_due WHERE authority_key = ?;

-- name: due
SELECT authority_key AS "key" FROM events_due ORDER BY cause, turn LIMIT ?;

-- name: dueForContext
INSERT INTO events_due (authority_key, cause) SELECT authority_key, 1 FROM events WHERE context <> ? ON CONFLICT DO NOTHING;

-- name: dueForRegions
INSERT INTO events_due (authority_key, cause) SELECT authority_key, 1 FROM events WHERE regional = 1 ON CONFLICT DO NOTHING;

-- name: sightingsOf
WITH ranked AS (
  SELECT entry_index, sighting,
    row_number() OVER (PARTITION BY pseudonym ORDER BY entry_index) AS first,
    row_number() OVER (PARTITION BY pseudonym ORDER BY entry_index DESC) AS last
  FROM sightings WHERE authority_key = @key
)
SELECT sighting FROM ranked WHERE first <= @perPseudonym OR last <= @perPseudonym
ORDER BY sighting ->> '$.proven' DESC, entry_index LIMIT @limit;

-- name: measurementsOf
SELECT measurement_id AS id FROM sightings WHERE authority_key = @key ORDER BY entry_index LIMIT @limit;

-- name: cleanIn
WITH daily AS (
  SELECT measurement_id, start_time, pseudonym, asn, host, min(entry_index) AS entry_index FROM genuine_chains
  WHERE asn = @asn AND host IN (SELECT value FROM json_each(@hosts)) AND start_time BETWEEN @since AND @until
  GROUP BY substr(start_time, 1, 10), pseudonym
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY substr(start_time, 1, 10) ORDER BY entry_index) AS place FROM daily
)
SELECT measurement_id AS measurementId, start_time AS startTime, pseudonym, asn, host FROM ranked
WHERE place <= @perDay ORDER BY entry_index, host LIMIT @limit;

-- name: putEvent
INSERT OR REPLACE INTO events (authority_key, event_id, authority, rank, decision, since, until, context, regional, event)
VALUES (@key, @id, @authority, @rank, @decision, @since, @until, @context, @regional, @event);

-- name: deleteEvent
DELETE FROM events WHERE authority_key = ?;

-- name: selectEvents
SELECT event FROM events

-- name: countEvents
SELECT count(*) AS count FROM events

-- name: event
SELECT event FROM events WHERE event_id = ?;

-- name: eventOf
SELECT event FROM events WHERE authority_key = (SELECT authority_key FROM sightings WHERE measurement_id = ?);

-- name: certificate
SELECT der FROM certificates WHERE sha256 = ?;

-- name: chainsOf
SELECT chain, der FROM chain_certificates JOIN certificates USING (sha256)
WHERE entry_index = (SELECT entry_index FROM sightings WHERE measurement_id = ?) ORDER BY chain, position;
