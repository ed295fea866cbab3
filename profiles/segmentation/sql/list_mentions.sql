-- Purpose: a page of the rows that mention an audience, as member or not; where a time
--          in it has the same digits, a row too many, which the reader leaves as it is.
-- Locks:   none; the caller holds the reader's position row, which keeps other writers out.
-- Index:   none: it reads the table once, page by page in key order (profile_membership_pkey).
SELECT profile, states
FROM profile_membership
WHERE sandbox = %(sandbox)s
  AND profile > %(after)s
  AND convert_from(states, 'UTF8') ~ ('\m' || %(audience)s::int || '\M')
ORDER BY profile
LIMIT %(limit)s
