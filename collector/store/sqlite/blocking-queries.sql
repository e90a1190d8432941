-- name: voteOfEntry
SELECT measurement_id AS measurementId, domain, asn, access, pseudonym, at, received_at AS receivedAt, outcome, method, cause,
  evidence FROM votes WHERE entry_index = ?;

-- name: deleteVote
DELETE FROM votes WHERE entry_index = ?;

-- name: insertVote
INSERT INTO votes (entry_index, measurement_id, domain, asn, access, pseudonym, at, received_at, outcome, method, cause, evidence)
VALUES (@index, @measurementId, @domain, @asn, @access, @pseudonym, @at, @receivedAt, @outcome, @method, @cause, @evidence);

-- name: isContested
SELECT EXISTS (SELECT 1 FROM blocking_events WHERE domain = @domain) OR coalesce((
  SELECT min(pseudonym) <> max(pseudonym) FROM votes WHERE domain = @domain AND outcome IN ('interfered', 'suspected')
), 0) AS yes;

-- name: insertBlockingDue
INSERT INTO blocking_due (domain) VALUES (?) ON CONFLICT DO NOTHING;

-- name: deleteBlockingDue
DELETE FROM blocking_due WHERE domain = ?;

-- name: blockingDue
SELECT domain FROM blocking_due ORDER BY turn LIMIT ?;

-- name: blockingDueForContext
INSERT INTO blocking_due (domain) SELECT DISTINCT domain FROM blocking_events WHERE context <> ? ON CONFLICT DO NOTHING;

-- name: selectVotes
SELECT measurement_id AS measurementId, domain, asn, access, pseudonym, at, received_at AS receivedAt, outcome, method, cause,
  evidence FROM votes

-- name: newestReceipt
SELECT max(received_at) AS at FROM votes WHERE domain = @domain AND (@asOf IS NULL OR received_at <= @asOf);

-- name: putBlockingEvent
INSERT OR REPLACE INTO blocking_events (event_id, domain, state, basis, rank, onset, until, context, event)
VALUES (@id, @domain, @state, @basis, @rank, @onset, @until, @context, @event);

-- name: deleteBlockingEvents
DELETE FROM blocking_events WHERE domain = ?;

-- name: selectBlockingEvents
SELECT event FROM blocking_events

-- name: countBlockingEvents
SELECT count(*) AS count FROM blocking_events

-- name: blockingEvent
SELECT event FROM blocking_events WHERE event_id = ?;

-- name: deleteDeriveAgain
DELETE FROM derive_again WHERE entry_index = ?;

-- name: deriveAgain
SELECT entry_index AS "index" FROM derive_again WHERE entry_index < @size ORDER BY entry_index LIMIT @limit;
