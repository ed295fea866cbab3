-- Purpose: how many identities are on a list, and how many known people these are.
-- Locks:   none.
-- Index:   external_member_pkey, identity_pkey.
SELECT count(*), count(DISTINCT i.profile)
FROM external_member m
LEFT JOIN identity i ON i.id = m.identity
WHERE m.audience = %(audience)s AND m.sandbox = %(sandbox)s
