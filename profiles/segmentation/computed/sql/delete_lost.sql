-- Purpose: drop the values of profiles for which an evaluation found none.
-- Locks:   the rows it deletes.
-- Index:   computed_value_pkey, computed_found_key.
DELETE FROM computed_value v
WHERE v.attribute = ANY(%(attributes)s)
  AND NOT EXISTS (
      SELECT 1 FROM computed_found f WHERE f.attribute = v.attribute AND f.profile = v.profile
  )
