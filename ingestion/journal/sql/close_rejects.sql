-- Purpose: say under which numbers rejects were appended again, in the transaction that did.
-- Locks:   journal_reject rows, held since lock_rejects.
-- Index:   journal_reject_pkey.
UPDATE journal_reject AS reject
SET state = 'redriven', redriven_as = redriven.seq
FROM unnest(%(seqs)s::bigint[], %(redriven_as)s::bigint[]) AS redriven (reject, seq)
WHERE reject.stream = %(stream)s AND reject.seq = redriven.reject
