-- Purpose: all that was ever counted for some datasets, and the last minute each counter moved.
-- Locks:   none.
-- Index:   metric_minute_pkey, the sandbox's part.
SELECT dataset, name, sum(value)::bigint, max(minute)
FROM metric_minute
WHERE sandbox = %(sandbox)s
  AND dataset = ANY(%(datasets)s::int[])
  AND name = ANY(%(names)s::text[])
GROUP BY dataset, name
