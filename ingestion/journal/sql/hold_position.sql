-- Purpose: keep a reader from taking records of a stream until this transaction ends.
-- Locks:   its position, for update; taken before anything else.
-- Index:   journal_position_pkey.
SELECT seq FROM journal_position WHERE reader = %(reader)s AND stream = %(stream)s FOR UPDATE
