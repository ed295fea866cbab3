-- Purpose: the newest records that may belong to a dataset, newest first, without refused ones:
--          their text holds one of some words (ids of the dataset and of flows into it). The caller
--          looks closer.
-- Locks:   none.
-- Index:   journal_record_*_pkey backwards over at most the last 50,000 numbers;
--          journal_reject_pkey.
SELECT record.stream, record.seq, record.received_at, record.inlet, record.flags, record.payload
FROM (
    SELECT stream, seq, received_at, inlet, flags, payload
    FROM journal_record
    WHERE stream = %(stream)s
      AND seq > (SELECT max(next_seq) - 50000 FROM journal_head WHERE stream = %(stream)s)
      AND EXISTS (
          SELECT FROM unnest(%(words)s::text[]) AS word
          WHERE position(convert_to(word, 'UTF8') IN payload) > 0
      )
    ORDER BY seq DESC
) AS record
WHERE NOT EXISTS (
    SELECT FROM journal_reject AS reject
    WHERE reject.stream = record.stream AND reject.seq = record.seq
)
ORDER BY record.seq DESC
LIMIT %(limit)s
