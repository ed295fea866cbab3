-- Purpose: drop all values of a computed attribute.
-- Locks:   the rows it deletes.
-- Index:   computed_value_pkey.
DELETE FROM computed_value WHERE attribute = %(attribute)s
