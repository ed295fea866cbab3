-- Purpose: a page of a sandbox's profile ids.
-- Index:   profile_sandbox.
SELECT id FROM profile
WHERE sandbox = %(sandbox)s AND id > %(after)s
ORDER BY id
LIMIT %(limit)s
