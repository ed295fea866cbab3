-- Purpose: keep the pipeline of a sandbox from writing until this transaction ends.
-- Locks:   the position of its reader, for update; taken before anything else.
-- Index:   journal_position_pkey.
SELECT seq FROM journal_position WHERE reader = 'profile' AND stream = %(sandbox)s FOR UPDATE
