-- Purpose: write a page of what was found: of attributes still in use, for profiles that still exist
--          and still have events. Data deleted since the snapshot does not come back.
-- Locks:   the rows it writes, in key order; the caller holds the pipeline of the sandbox.
-- Index:   computed_value_pkey, identity_pkey, identity_profile, profile_event_identity.
INSERT INTO computed_value AS stored (attribute, profile, sandbox, value, moment)
SELECT f.attribute, f.profile, %(sandbox)s, f.value, coalesce(f.moment, %(now)s)
FROM computed_found f
JOIN identity i ON i.id = f.profile AND i.profile = f.profile AND i.sandbox = %(sandbox)s
JOIN profiles_computedattribute a ON a.number = f.attribute
WHERE f.page = %(page)s
  AND a.status NOT IN ('DRAFT', 'DISABLED')
  AND EXISTS (
      SELECT 1
      FROM identity o JOIN profile_event e ON e.identity = o.id
      WHERE o.profile = f.profile
  )
ORDER BY f.attribute, f.profile
ON CONFLICT (attribute, profile) DO UPDATE SET value = excluded.value, moment = excluded.moment
