-- Purpose: on which of these lists the given profiles are now, through any of their identities.
-- Locks:   none; the reader's position row keeps other writers of this sandbox out.
-- Index:   identity_profile, external_member_pkey.
SELECT i.profile, array_agg(DISTINCT m.audience)
FROM identity i
JOIN external_member m ON m.identity = i.id AND m.audience = ANY(%(audiences)s)
WHERE i.profile = ANY(%(profiles)s)
  AND (m.expires_at IS NULL OR m.expires_at > %(now)s)
GROUP BY i.profile
