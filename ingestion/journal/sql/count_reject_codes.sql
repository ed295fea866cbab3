-- Purpose: a sandbox's rejects by code, inlet and dataset, in steps of so many minutes of receive
--          time.
-- Locks:   none.
-- Index:   journal_reject_recent: a record is refused after it was received.
SELECT
    received_at / 60000000 / %(step)s::int * %(step)s::int AS at,
    inlet,
    coalesce(dataset, 0) AS dataset_shown,
    code,
    count(*)
FROM journal_reject
WHERE stream = %(stream)s
  AND rejected_at >= %(since)s::bigint * 60000000
  AND received_at >= %(since)s::bigint * 60000000
  AND received_at < %(until)s::bigint * 60000000
GROUP BY at, inlet, dataset_shown, code
ORDER BY at, inlet, dataset_shown, code
