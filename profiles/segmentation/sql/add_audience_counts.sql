-- Purpose: add what a batch changed to the live counts of each audience and to its hour.
-- Locks:   the rows it writes, in key order (the caller sorts).
-- Index:   audience_count_pkey, audience_hour_pkey.
WITH change AS (
    SELECT *
    FROM unnest(%(audiences)s::int[], %(realized)s::bigint[], %(exited)s::bigint[],
        %(entered)s::bigint[], %(left)s::bigint[])
        AS new (audience, realized, exited, entered, "left")
), total AS (
    INSERT INTO audience_count AS stored (audience, sandbox, realized, exited)
    SELECT audience, %(sandbox)s, realized, exited FROM change
    ON CONFLICT (audience) DO UPDATE SET
        realized = stored.realized + excluded.realized,
        exited = stored.exited + excluded.exited
    RETURNING audience, realized
)
INSERT INTO audience_hour AS stored (audience, hour, sandbox, realized, entered, "left")
SELECT audience, %(hour)s, %(sandbox)s, total.realized, change.entered, change."left"
FROM change JOIN total USING (audience)
ON CONFLICT (audience, hour) DO UPDATE SET
    realized = excluded.realized,
    entered = stored.entered + excluded.entered,
    "left" = stored."left" + excluded."left"
