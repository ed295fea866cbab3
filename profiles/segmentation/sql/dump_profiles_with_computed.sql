-- Purpose: merged documents of a sandbox with the values of their computed attributes by name, as
--          JSON lines, for COPY.
-- Locks:   none; one statement, one snapshot.
-- Index:   none: it reads the tables.
SELECT '{"profile":"' || encode(p.id, 'hex') || '","doc":' || convert_from(p.document, 'UTF8')
    || coalesce(',"computed":' || c.fields, '') || '}'
FROM profile p
LEFT JOIN (
    SELECT v.profile, json_object_agg(a.name, v.value)::text AS fields
    FROM computed_value v
    JOIN profiles_computedattribute a ON a.number = v.attribute
    WHERE v.sandbox = %(sandbox)s
    GROUP BY v.profile
) c ON c.profile = p.id
WHERE p.sandbox = %(sandbox)s
