-- Purpose: forget the list of an audience.
-- Locks:   the rows it deletes.
-- Index:   external_member_pkey.
DELETE FROM external_member WHERE audience = %(audience)s
