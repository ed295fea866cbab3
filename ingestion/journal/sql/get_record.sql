-- Purpose: one record.
-- Locks:   none.
-- Index:   journal_record_*_pkey.
SELECT stream, seq, received_at, inlet, flags, payload
FROM journal_record
WHERE stream = %(stream)s AND seq = %(seq)s
