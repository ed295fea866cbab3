-- Purpose: records a reader has not taken by the inlet they came through, among the next 50,000.
-- Locks:   none.
-- Index:   journal_record_*_pkey.
SELECT inlet, count(*), min(received_at)
FROM (
    SELECT inlet, received_at
    FROM journal_record
    WHERE stream = %(stream)s
      AND seq > coalesce((
          SELECT seq FROM journal_position
          WHERE reader = %(reader)s AND stream = %(stream)s
      ), 0)
    ORDER BY seq
    LIMIT 50000
) AS waiting
GROUP BY inlet
