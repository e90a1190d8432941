-- name: channel
SELECT alert_id AS alertId FROM channels WHERE channel = @channel;

-- name: sentAt
SELECT sent_at AS sentAt FROM messages WHERE channel = @channel AND sent_at >= @since ORDER BY sent_at, id;

-- name: begin
INSERT INTO channels (channel, alert_id) VALUES (@channel, @alertId) ON CONFLICT (channel) DO NOTHING;

-- name: advance
UPDATE channels SET alert_id = max(alert_id, @alertId) WHERE channel = @channel;

-- name: insertMessage
INSERT INTO messages (channel, sent_at) VALUES (@channel, @sentAt);

-- name: forgetMessages
DELETE FROM messages WHERE channel = @channel AND sent_at < @before;
