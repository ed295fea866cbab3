-- Purpose: numbers of the oldest open rejects of one cause and place.
-- Locks:   none.
-- Index:   journal_reject_group.
SELECT seq
FROM journal_reject
WHERE stream = %(stream)s AND code = %(code)s AND path = %(path)s AND state = 'open'
  AND (%(inlet)s::int IS NULL OR inlet = %(inlet)s)
  AND (%(dataset)s::int IS NULL OR dataset = %(dataset)s)
  AND (%(since)s::bigint IS NULL OR received_at >= %(since)s)
  AND (%(until)s::bigint IS NULL OR received_at < %(until)s)
ORDER BY seq
LIMIT %(limit)s
