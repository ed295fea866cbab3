-- Purpose: as read_counts, for ranges and steps of whole hours; summed over all inlets
--          and datasets unless they are to be told apart or one is asked for.
-- Locks:   none.
-- Index:   metric_hour_pkey.
SELECT
    minute / %(step)s::int * %(step)s::int AS at,
    CASE WHEN %(by_inlet)s::boolean THEN inlet ELSE 0 END AS inlet_shown,
    CASE WHEN %(by_dataset)s::boolean THEN dataset ELSE 0 END AS dataset_shown,
    name,
    sum(value)::bigint
FROM metric_hour
WHERE sandbox = %(sandbox)s
  AND minute >= %(since)s AND minute < %(until)s
  AND name = ANY(%(names)s::text[])
  AND (%(inlet)s::int IS NULL OR inlet = %(inlet)s)
  AND (%(dataset)s::int IS NULL OR dataset = %(dataset)s)
GROUP BY at, inlet_shown, dataset_shown, name
ORDER BY at, inlet_shown, dataset_shown, name
