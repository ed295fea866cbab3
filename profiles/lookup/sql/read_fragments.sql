-- Purpose: record fragments of the given identities, for merging on read.
-- Index:   profile_fragment_pkey.
SELECT identity, dataset, effective_at, seq, document, clocks
FROM profile_fragment
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s AND document IS NOT NULL
  AND (%(datasets)s::int[] IS NULL OR dataset = ANY(%(datasets)s::int[]))
