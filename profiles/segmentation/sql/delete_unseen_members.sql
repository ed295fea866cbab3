-- Purpose: take off the list whom the whole new list does not name.
-- Locks:   the rows it deletes.
-- Index:   external_member_pkey.
DELETE FROM external_member
WHERE audience = %(audience)s AND seen_at < %(since)s
RETURNING 1
