-- Purpose: a page of the members of an audience with what is known of them, in id order.
-- Locks:   none.
-- Index:   none for the audience: it reads memberships until the page is full, then identity_pkey,
--          profile_pkey.
SELECT m.profile, i.namespace, i.value, p.document
FROM (
    SELECT profile FROM profile_membership
    WHERE sandbox = %(sandbox)s AND profile > %(after)s AND %(audience)s = ANY(audiences)
    ORDER BY profile LIMIT %(limit)s
) m
JOIN identity i ON i.id = m.profile
LEFT JOIN profile p ON p.id = m.profile
ORDER BY m.profile
