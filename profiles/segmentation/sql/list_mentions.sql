-- Purpose: a page of the rows that mention an audience, as member or not, and maybe others: no
--          moment is as small as a number of an audience, but that is left to the reader.
-- Locks:   none; the caller holds the reader's position row, which keeps other writers out.
-- Index:   none: it reads the table once, page by page in key order (profile_membership_pkey).
SELECT profile, states
FROM profile_membership
WHERE sandbox = %(sandbox)s
  AND profile > %(after)s
  AND convert_from(states, 'UTF8') ~ ('\m' || %(audience)s::int || '\M')
ORDER BY profile
LIMIT %(limit)s
