-- Purpose: computed attributes of the given profiles, by name.
-- Locks:   none; the reader's position row keeps other writers of these profiles out.
-- Index:   computed_value_profile.
SELECT v.profile, jsonb_object_agg(a.name, v.value)
FROM computed_value v
JOIN profiles_computedattribute a ON a.number = v.attribute
WHERE v.profile = ANY(%(profiles)s)
GROUP BY v.profile
