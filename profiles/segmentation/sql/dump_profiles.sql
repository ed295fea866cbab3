-- Purpose: merged documents of a sandbox as JSON lines, for COPY.
-- Locks:   none; one statement, one snapshot.
-- Index:   none: it reads the table.
SELECT '{"profile":"' || encode(id, 'hex') || '","doc":' || convert_from(document, 'UTF8') || '}'
FROM profile
WHERE sandbox = %(sandbox)s
