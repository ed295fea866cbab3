-- Purpose: how many profiles a sandbox has.
-- Index:   profile_sandbox, index only.
SELECT count(*) FROM profile WHERE sandbox = %(sandbox)s
