-- Purpose: a page of the known people on a list with what is known of them, in id order.
-- Locks:   none.
-- Index:   external_member_pkey, identity_pkey, profile_pkey.
SELECT m.profile, i.namespace, i.value, p.document
FROM (
    SELECT DISTINCT o.profile
    FROM external_member e
    JOIN identity o ON o.id = e.identity
    WHERE e.audience = %(audience)s AND e.sandbox = %(sandbox)s AND o.profile > %(after)s
    ORDER BY o.profile LIMIT %(limit)s
) m
JOIN identity i ON i.id = m.profile
LEFT JOIN profile p ON p.id = m.profile
ORDER BY m.profile
