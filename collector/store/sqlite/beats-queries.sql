-- name: members
SELECT pseudonym, cc, asn, access, region, first_heard AS firstHeard, last_heard AS lastHeard, period_s AS periodS, sequence, leaving
FROM members ORDER BY last_heard, pseudonym;

-- name: member
SELECT pseudonym, cc, asn, access, region, first_heard AS firstHeard, last_heard AS lastHeard, period_s AS periodS, sequence, leaving
FROM members WHERE pseudonym = ?;

-- name: putMember
INSERT INTO members (pseudonym, cc, asn, access, region, first_heard, last_heard, period_s, sequence, leaving)
VALUES (@pseudonym, @cc, @asn, @access, @region, @firstHeard, @lastHeard, @periodS, @sequence, @leaving)
ON CONFLICT (pseudonym) DO UPDATE SET cc = excluded.cc, asn = excluded.asn, access = excluded.access, region = excluded.region,
  first_heard = excluded.first_heard, last_heard = excluded.last_heard, period_s = excluded.period_s,
  sequence = excluded.sequence, leaving = excluded.leaving;

-- name: deleteMember
DELETE FROM members WHERE pseudonym = ?;

-- name: eraseMembers
DELETE FROM members WHERE last_heard < ?;

-- name: insertJournal
INSERT INTO journals (note_id, pseudonym, received_at, journal) VALUES (@noteId, @pseudonym, @receivedAt, @journal)
ON CONFLICT (note_id) DO NOTHING;

-- name: journal
SELECT note_id AS noteId, received_at AS receivedAt, journal FROM journals WHERE note_id = ?;

-- name: journalCount
SELECT count(*) AS count FROM journals;

-- name: journalCountOf
SELECT count(*) AS count FROM journals WHERE pseudonym = ?;

-- name: journalsOfMembers
WITH ranked AS (
  SELECT note_id, received_at, journal, turn, row_number() OVER (PARTITION BY pseudonym ORDER BY turn DESC) AS place
  FROM journals JOIN members USING (pseudonym) WHERE received_at >= @since AND first_heard < @knownBefore
)
SELECT note_id AS noteId, received_at AS receivedAt, journal FROM ranked WHERE place <= @perMember ORDER BY turn LIMIT @limit;

-- name: eraseJournals
DELETE FROM journals WHERE received_at < ?;

-- name: groupId
SELECT group_id AS id FROM member_groups WHERE group_key = ?;

-- name: groupKeys
SELECT group_key AS "key" FROM member_groups ORDER BY group_id;

-- name: insertGroup
INSERT INTO member_groups (group_key) VALUES (?);

-- name: hourOf
SELECT counts FROM minute_counts WHERE hour = @hour AND group_id = @id;

-- name: putHour
INSERT INTO minute_counts (hour, group_id, counts) VALUES (@hour, @id, @counts)
ON CONFLICT (hour, group_id) DO UPDATE SET counts = excluded.counts;

-- name: hoursOf
SELECT hour, counts FROM minute_counts WHERE group_id = @id AND hour >= @since AND hour < @until ORDER BY hour;

-- name: groupsIn
SELECT group_key AS "key" FROM minute_counts JOIN member_groups USING (group_id) WHERE hour = ? ORDER BY group_key;

-- name: learnt
SELECT group_key AS "key", learnt FROM learnt ORDER BY group_key;

-- name: putLearnt
INSERT INTO learnt (group_key, learnt) VALUES (@key, @learnt) ON CONFLICT (group_key) DO UPDATE SET learnt = excluded.learnt;

-- name: mark
SELECT value FROM marks WHERE name = ?;

-- name: setMark
INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: putSilence
INSERT INTO silences (event_id, state, since, ended_at, event, basis) VALUES (@id, @state, @since, @endedAt, @event, @basis)
ON CONFLICT (event_id) DO UPDATE SET state = excluded.state, since = excluded.since, ended_at = excluded.ended_at,
  event = excluded.event, basis = excluded.basis;

-- name: silence
SELECT event, basis FROM silences WHERE event_id = ?;

-- name: selectSilences
SELECT event FROM silences

-- name: countSilences
SELECT count(*) AS count FROM silences

-- name: silencesSince
SELECT event, basis FROM (
  SELECT * FROM silences WHERE ended_at IS NULL OR ended_at >= @ended ORDER BY since DESC, event_id LIMIT @limit
) ORDER BY since, event_id;
