-- Purpose: events of a sandbox, under the profiles they belong to now, as JSON lines, for COPY.
--          Some types only, some datasets only, unless these are null. Where profiles are not
--          stitched, each identity has one of its own.
-- Locks:   none; one statement, one snapshot.
-- Index:   none: it reads the tables.
SELECT '{"profile":"' || encode(CASE WHEN %(stitched)s THEN i.profile ELSE i.id END, 'hex')
    || '","ts":' || e.timestamp
    || ',"event_type":' || coalesce(to_json(e.event_type)::text, 'null')
    || ',"event_id":' || to_json(e.event_id)::text
    || ',"doc":' || convert_from(e.document, 'UTF8') || '}'
FROM profile_event e
JOIN identity i ON i.id = e.identity
WHERE e.sandbox = %(sandbox)s
  AND e.timestamp >= %(since)s
  AND (%(types)s::text[] IS NULL OR e.event_type = ANY(%(types)s::text[]))
  AND (%(datasets)s::int[] IS NULL OR e.dataset = ANY(%(datasets)s::int[]))
