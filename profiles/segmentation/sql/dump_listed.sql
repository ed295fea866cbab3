-- Purpose: the lists each profile of a sandbox is on now, by number, as JSON lines, for COPY. Where
--          profiles are not stitched, each identity has one of its own.
-- Locks:   none; one statement, one snapshot.
-- Index:   none: it reads the tables.
SELECT '{"profile":"' || encode(CASE WHEN %(stitched)s THEN i.profile ELSE i.id END, 'hex')
    || '","numbers":' || array_to_json(array_agg(DISTINCT m.audience)) || '}'
FROM external_member m
JOIN identity i ON i.id = m.identity
WHERE m.sandbox = %(sandbox)s
  AND (m.expires_at IS NULL OR m.expires_at > %(now)s)
GROUP BY CASE WHEN %(stitched)s THEN i.profile ELSE i.id END
