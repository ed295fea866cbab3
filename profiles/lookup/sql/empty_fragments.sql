-- Purpose: delete what datasets know about these identities; the emptied row keeps older records
--          that are still to be processed from bringing it back.
-- Locks:   the rows it writes; the pipeline is held.
-- Index:   profile_fragment_pkey.
UPDATE profile_fragment
SET document = NULL, clocks = NULL, effective_at = %(now)s, seq = 0
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s AND document IS NOT NULL
RETURNING dataset
