-- Purpose: identities seen for the first time; each is its own profile until linked.
-- Locks:   the rows it writes, in id order (the caller sorts).
-- Index:   identity_pkey.
INSERT INTO identity (id, sandbox, namespace, value, profile, created_at)
SELECT id, %(sandbox)s, namespace, value, id, %(now)s
FROM unnest(%(ids)s::bytea[], %(namespaces)s::int[], %(values)s::text[])
    AS new (id, namespace, value)
ON CONFLICT (id) DO NOTHING
