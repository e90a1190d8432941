-- name: putVerdict
INSERT OR REPLACE INTO verdicts (entry_index, measurement_id, received_at, start_time, late, input, target, domain,
  report_id, test_name, probe_cc, probe_asn, network_name, context, status, outcome, layer, method, cause, evidence, verdict,
  control_source, diary, witnesses)
VALUES (@index, @measurementId, @receivedAt, @startTime, @late, @input, @target, @domain,
  @reportId, @testName, @probeCc, @probeAsn, @networkName, @context, @status, @outcome, @layer, @method, @cause, @evidence, @verdict,
  @controlSource, @diary, @witnesses);

-- name: deleteObservations
DELETE FROM observations WHERE entry_index = ?;

-- name: insertObservation
INSERT INTO observations (entry_index, position, observation) VALUES (?, ?, ?);

-- name: putLatest
INSERT INTO latest (target, probe_cc, probe_asn, start_time, entry_index)
VALUES (@target, @probeCc, @probeAsn, @startTime, @index)
ON CONFLICT (target, probe_cc, probe_asn) DO UPDATE
SET start_time = excluded.start_time, entry_index = excluded.entry_index
WHERE (excluded.start_time, excluded.entry_index) > (latest.start_time, latest.entry_index);

-- name: observations
SELECT observation FROM observations
WHERE entry_index = (SELECT entry_index FROM verdicts WHERE measurement_id = ?) ORDER BY position;

-- name: countAll
SELECT count(*) AS count FROM verdicts;

-- name: indexes
SELECT entry_index AS "index" FROM verdicts ORDER BY entry_index;

-- name: selectListings
SELECT entry_index AS "index", measurement_id AS measurementId, received_at AS receivedAt, start_time AS startTime, late,
  input, target, domain, report_id AS reportId, test_name AS testName, probe_cc AS probeCc, probe_asn AS probeAsn,
  network_name AS networkName, context, status, outcome, layer, method, cause, evidence, verdict,
  control_source AS controlSource, diary, witnesses
FROM verdicts

-- name: countListings
SELECT count(*) AS count FROM verdicts

-- name: targets
WITH page AS (
  SELECT target, max(start_time) AS last_seen FROM latest GROUP BY target ORDER BY last_seen DESC, target LIMIT @limit OFFSET @offset
), ranked AS (
  SELECT latest.entry_index, page.last_seen, page.target,
    row_number() OVER (PARTITION BY latest.target ORDER BY latest.start_time DESC, latest.entry_index DESC) AS rank
  FROM page JOIN latest ON latest.target = page.target
)
SELECT verdicts.entry_index AS "index", measurement_id AS measurementId, received_at AS receivedAt, start_time AS startTime, late,
  input, verdicts.target, domain, report_id AS reportId, test_name AS testName, probe_cc AS probeCc, probe_asn AS probeAsn,
  network_name AS networkName, context, status, outcome, layer, method, cause, evidence, verdict,
  control_source AS controlSource, diary, witnesses
FROM ranked JOIN verdicts ON verdicts.entry_index = ranked.entry_index
WHERE ranked.rank <= @networks
ORDER BY ranked.last_seen DESC, ranked.target, ranked.rank;

-- name: targetCount
SELECT count(DISTINCT target) AS count FROM latest;

-- name: withoutLiveControl
SELECT entry_index AS "index" FROM verdicts
WHERE domain = @domain AND start_time BETWEEN @since AND @until AND control_source IS NOT 'live' ORDER BY entry_index;

-- name: diaryCursor
SELECT diary_id AS id FROM diary_cursor;

-- name: setDiaryCursor
INSERT INTO diary_cursor (only_row, diary_id) VALUES (1, ?) ON CONFLICT (only_row) DO UPDATE SET diary_id = excluded.diary_id;
