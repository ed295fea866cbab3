-- Purpose: computed attributes, by name, of the profiles these identities belong to.
-- Index:   identity_pkey, computed_value_profile.
SELECT i.id, jsonb_object_agg(a.name, v.value)
FROM identity i
JOIN computed_value v ON v.profile = i.profile
JOIN profiles_computedattribute a ON a.number = v.attribute
WHERE i.id = ANY(%(ids)s) AND i.sandbox = %(sandbox)s
GROUP BY i.id
