-- Purpose: a page of the rows that mention an audience, as member or not.
-- Locks:   none; the caller holds the reader's position row, which keeps other writers out.
-- Index:   none: it reads the table once, page by page in key order (profile_membership_pkey).
SELECT profile, states
FROM profile_membership
WHERE sandbox = %(sandbox)s
  AND profile > %(after)s
  AND position(%(mention)s::bytea IN states) > 0
ORDER BY profile
LIMIT %(limit)s
