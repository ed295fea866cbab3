-- Purpose: leave out of what was found what is stored already.
-- Locks:   none; the table belongs to the session.
-- Index:   computed_value_pkey.
DELETE FROM computed_found f
USING computed_value v
WHERE v.attribute = f.attribute AND v.profile = f.profile AND v.value = f.value
  AND coalesce(f.moment, v.moment) = v.moment
