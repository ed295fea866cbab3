-- Purpose: remember requests by the ids their senders chose.
-- Locks:   the new rows.
-- Index:   journal_request_id and journal_request_moment are written.
INSERT INTO journal_request (stream, request_id, received_at)
SELECT * FROM unnest(%(streams)s::int[], %(request_ids)s::text[], %(moments)s::bigint[])
