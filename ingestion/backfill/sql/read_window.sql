-- Purpose: records within a range of numbers that may belong to a dataset, in order: their text
--          holds one of some words. Refused records stay out (they have their own way back), and so
--          do copies an earlier backfill made (flag 2).
-- Locks:   none.
-- Index:   journal_record_*_pkey, journal_reject_pkey.
SELECT record.stream, record.seq, record.received_at, record.inlet, record.flags, record.payload
FROM journal_record AS record
WHERE record.stream = %(stream)s
  AND record.seq > %(after)s AND record.seq <= %(until)s
  AND record.flags & 2 = 0
  AND EXISTS (
      SELECT FROM unnest(%(words)s::text[]) AS word
      WHERE position(convert_to(word, 'UTF8') IN record.payload) > 0
  )
  AND NOT EXISTS (
      SELECT FROM journal_reject AS reject
      WHERE reject.stream = record.stream AND reject.seq = record.seq
  )
ORDER BY record.seq
