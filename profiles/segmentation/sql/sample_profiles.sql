-- Purpose: merged documents of some profiles of a sandbox; ids are hashes, so the first are random.
-- Locks:   none.
-- Index:   profile_sandbox.
SELECT convert_from(document, 'UTF8')
FROM profile
WHERE sandbox = %(sandbox)s
ORDER BY id
LIMIT %(profiles)s
