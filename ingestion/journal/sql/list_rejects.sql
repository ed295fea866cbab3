-- Purpose: a page of a sandbox's rejects, newest first, narrowed by any of cause, place, inlet,
--          dataset, state, receive time and a text in the message or
--          the record; after a cursor
--          (rejected_at, seq).
-- Locks:   none.
-- Index:   journal_reject_recent, journal_reject_inlet or journal_reject_group.
SELECT
    stream, seq, received_at, rejected_at, inlet, dataset, code, path, received, expected,
    message, violations, payload, state, redriven_as
FROM journal_reject
WHERE stream = %(stream)s
  AND (%(code)s::text IS NULL OR code = %(code)s)
  AND (%(path)s::text IS NULL OR path = %(path)s)
  AND (%(inlet)s::int IS NULL OR inlet = %(inlet)s)
  AND (%(dataset)s::int IS NULL OR dataset = %(dataset)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(since)s::bigint IS NULL OR received_at >= %(since)s)
  AND (%(until)s::bigint IS NULL OR received_at < %(until)s)
  AND (
      %(word)s::text IS NULL
      OR strpos(lower(message), lower(%(word)s::text)) > 0
      OR position(convert_to(%(word)s::text, 'UTF8') IN payload) > 0
  )
  AND (
      %(before_at)s::bigint IS NULL
      OR (rejected_at, seq) < (%(before_at)s, %(before_seq)s::bigint)
  )
ORDER BY rejected_at DESC, seq DESC
LIMIT %(limit)s
