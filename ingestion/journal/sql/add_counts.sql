-- Purpose: add to minute counters.
-- Locks:   metric_minute rows, in key order, so that two writers never wait for each other in a ring.
-- Index:   metric_minute_pkey.
INSERT INTO metric_minute AS kept (sandbox, minute, inlet, dataset, name, value)
SELECT sandbox, minute, inlet, dataset, name, sum(value)
FROM unnest(
    %(sandbox)s::smallint[], %(minute)s::int[], %(inlet)s::int[], %(dataset)s::int[],
    %(name)s::text[], %(value)s::bigint[]
) AS added (sandbox, minute, inlet, dataset, name, value)
GROUP BY sandbox, minute, inlet, dataset, name
ORDER BY sandbox, minute, inlet, dataset, name
ON CONFLICT (sandbox, minute, inlet, dataset, name)
    DO UPDATE SET value = kept.value + excluded.value
