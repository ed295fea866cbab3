-- Purpose: some profiles with their value of a computed attribute, in id order.
-- Locks:   none.
-- Index:   computed_value_pkey, identity_pkey, profile_pkey.
SELECT v.profile, i.namespace, i.value, p.document, v.value, v.moment
FROM (
    SELECT profile, value, moment FROM computed_value
    WHERE attribute = %(attribute)s
    ORDER BY profile LIMIT %(limit)s
) v
JOIN identity i ON i.id = v.profile
LEFT JOIN profile p ON p.id = v.profile
ORDER BY v.profile
