-- Purpose: the lists these identities are on now.
-- Index:   external_member_identity.
SELECT identity, audience, qualified_at, expires_at
FROM external_member
WHERE identity = ANY(%(ids)s) AND sandbox = %(sandbox)s
  AND (expires_at IS NULL OR expires_at > %(now)s)
