-- Purpose: forget how many members an audience had.
-- Locks:   the rows it deletes.
-- Index:   audience_count_pkey, audience_hour_pkey.
WITH hours AS (
    DELETE FROM audience_hour WHERE audience = %(audience)s
)
DELETE FROM audience_count WHERE audience = %(audience)s
