-- Purpose: the latest events of some profiles of a sandbox.
-- Locks:   none.
-- Index:   profile_sandbox, identity_profile, profile_event_identity.
SELECT convert_from(e.document, 'UTF8')
FROM (
    SELECT id FROM profile WHERE sandbox = %(sandbox)s ORDER BY id LIMIT %(profiles)s
) p
JOIN identity i ON i.profile = p.id
CROSS JOIN LATERAL (
    SELECT document
    FROM profile_event
    WHERE identity = i.id
    ORDER BY timestamp DESC
    LIMIT %(each)s
) e
LIMIT %(events)s
