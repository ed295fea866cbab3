-- Purpose: computed attributes of the profile an identity belongs to.
-- Index:   identity_pkey, computed_value_profile.
SELECT v.attribute, v.value, v.moment
FROM identity i JOIN computed_value v ON v.profile = i.profile
WHERE i.id = %(id)s AND i.sandbox = %(sandbox)s
