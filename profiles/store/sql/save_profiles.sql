-- Purpose: write the merged attributes of the profiles a micro-batch changed.
-- Locks:   the rows it writes, in id order (the caller sorts).
-- Index:   profile_pkey.
INSERT INTO profile AS stored (id, sandbox, document, sources, updated_at)
SELECT id, %(sandbox)s, document, string_to_array(sources, ',')::int[], %(now)s
FROM unnest(%(ids)s::bytea[], %(documents)s::bytea[], %(sources)s::text[])
    AS new (id, document, sources)
ON CONFLICT (id) DO UPDATE SET
    document = excluded.document,
    sources = excluded.sources,
    updated_at = excluded.updated_at
