-- Purpose: the still open ones of these rejects, to append them again. Two people who ask at once
--          get them once: the second waits for the first and finds them closed.
-- Locks:   journal_reject rows, in order of seq.
-- Index:   journal_reject_pkey.
SELECT seq, received_at, inlet, payload
FROM journal_reject
WHERE stream = %(stream)s AND seq = ANY(%(seqs)s::bigint[]) AND state = 'open'
ORDER BY seq
FOR UPDATE
