-- name: deleteReached
DELETE FROM reached_places WHERE entry_index = ?;

-- name: isReached
SELECT 1 FROM reached_places
WHERE address = @address AND port = @port AND asn = @asn AND start_time = @startTime AND measurement_id = @measurementId;

-- name: insertReached
INSERT INTO reached_places (address, port, asn, start_time, measurement_id, entry_index)
VALUES (@address, @port, @asn, @startTime, @measurementId, @index);

-- name: makeDue
INSERT INTO witnesses_due (address, port, start_time, after_index, generation)
SELECT @address, @port, @startTime, -1, 0
WHERE EXISTS (SELECT 1 FROM silent_places WHERE address = @address AND port = @port AND start_time BETWEEN @since AND @until)
ON CONFLICT (address, port, start_time) DO UPDATE SET after_index = -1, generation = generation + 1;

-- name: deleteSilent
DELETE FROM silent_places WHERE entry_index = ?;

-- name: insertSilent
INSERT INTO silent_places (address, port, start_time, entry_index, asn, given)
VALUES (@address, @port, @startTime, @index, @asn, @given);

-- name: silentOf
SELECT asn, address, port, start_time AS startTime FROM silent_places WHERE entry_index = ? ORDER BY address, port;

-- name: nearest
-- From network to network by the index, and in each to the nearest start on either side: no row is read that is not needed.
WITH RECURSIVE networks (asn) AS (
  SELECT min(asn) FROM reached_places WHERE address = @address AND port = @port
  UNION ALL
  SELECT (SELECT min(r.asn) FROM reached_places r WHERE r.address = @address AND r.port = @port AND r.asn > networks.asn)
  FROM networks WHERE networks.asn IS NOT NULL
  LIMIT @networks
), times (asn, start_time) AS (
  SELECT n.asn, (SELECT max(r.start_time) FROM reached_places r WHERE r.address = @address AND r.port = @port
    AND r.asn = n.asn AND r.start_time BETWEEN @since AND @startTime AND r.entry_index < @below)
  FROM networks n WHERE n.asn IS NOT NULL
  UNION ALL
  SELECT n.asn, (SELECT min(r.start_time) FROM reached_places r WHERE r.address = @address AND r.port = @port
    AND r.asn = n.asn AND r.start_time > @startTime AND r.start_time <= @until AND r.entry_index < @below)
  FROM networks n WHERE n.asn IS NOT NULL
)
SELECT t.asn, t.start_time AS startTime, (SELECT min(r.measurement_id) FROM reached_places r WHERE r.address = @address
  AND r.port = @port AND r.asn = t.asn AND r.start_time = t.start_time
  AND r.entry_index < @below) AS measurementId
FROM times t WHERE t.start_time IS NOT NULL;

-- name: nextDue
SELECT address, port, start_time AS startTime, after_index AS afterIndex, generation FROM witnesses_due ORDER BY address, port, start_time LIMIT 1;

-- name: waiting
SELECT entry_index AS "index", given FROM silent_places
WHERE address = @address AND port = @port AND start_time BETWEEN @since AND @until AND entry_index > @afterIndex
ORDER BY entry_index LIMIT @limit;

-- name: advanceDue
UPDATE witnesses_due SET after_index = @afterIndex WHERE address = @address AND port = @port AND start_time = @startTime AND generation = @generation;

-- name: deleteDue
DELETE FROM witnesses_due WHERE address = @address AND port = @port AND start_time = @startTime AND generation = @generation;
