-- Purpose: a sandbox's rejects by cause and place, most frequent first, with the latest as samples.
-- Locks:   none.
-- Index:   journal_reject_group, or journal_reject_inlet.
SELECT
    code, path, (array_agg(message ORDER BY rejected_at DESC, seq DESC))[1], count(*),
    count(*) FILTER (WHERE state = 'open'), min(received_at), max(received_at),
    (array_agg(seq ORDER BY rejected_at DESC, seq DESC))[1:3]
FROM journal_reject
WHERE stream = %(stream)s
  AND (%(inlet)s::int IS NULL OR inlet = %(inlet)s)
  AND (%(dataset)s::int IS NULL OR dataset = %(dataset)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(since)s::bigint IS NULL OR received_at >= %(since)s)
  AND (%(until)s::bigint IS NULL OR received_at < %(until)s)
GROUP BY code, path
ORDER BY count(*) DESC, code, path
LIMIT %(limit)s
