-- Purpose: add to the counters of minutes and of their hours.
-- Locks:   metric_minute rows, then metric_hour rows, each in key order, so that two writers never
--          wait for each other in a ring.
-- Index:   metric_minute_pkey, metric_hour_pkey.
WITH added AS (
    SELECT sandbox, minute, inlet, dataset, name, sum(value) AS value
    FROM unnest(
        %(sandbox)s::smallint[], %(minute)s::int[], %(inlet)s::int[], %(dataset)s::int[],
        %(name)s::text[], %(value)s::bigint[]
    ) AS given (sandbox, minute, inlet, dataset, name, value)
    GROUP BY sandbox, minute, inlet, dataset, name
), hours AS (
    INSERT INTO metric_hour AS kept (sandbox, minute, inlet, dataset, name, value)
    SELECT sandbox, minute / 60 * 60 AS hour, inlet, dataset, name, sum(value)
    FROM added
    GROUP BY sandbox, hour, inlet, dataset, name
    ORDER BY sandbox, hour, inlet, dataset, name
    ON CONFLICT (sandbox, minute, inlet, dataset, name)
        DO UPDATE SET value = kept.value + excluded.value
)
INSERT INTO metric_minute AS kept (sandbox, minute, inlet, dataset, name, value)
SELECT sandbox, minute, inlet, dataset, name, value
FROM added
ORDER BY sandbox, minute, inlet, dataset, name
ON CONFLICT (sandbox, minute, inlet, dataset, name)
    DO UPDATE SET value = kept.value + excluded.value
