-- Purpose: when requests with this id came, the latest first.
-- Locks:   none.
-- Index:   journal_request_id.
SELECT received_at
FROM journal_request
WHERE stream = %(stream)s AND request_id = %(request_id)s
ORDER BY received_at DESC
LIMIT 50
