-- Purpose: all that was ever counted for some datasets, and the last minute each counter moved.
-- Locks:   none.
-- Index:   metric_hour_pkey, the sandbox's part; metric_minute_pkey, one hour of it.
SELECT
    total.dataset, total.name, total.value,
    coalesce((
        SELECT max(minute)
        FROM metric_minute AS moved
        WHERE moved.sandbox = %(sandbox)s
          AND moved.minute >= total.hour AND moved.minute < total.hour + 60
          AND moved.dataset = total.dataset AND moved.name = total.name
    ), total.hour) AS last_minute
FROM (
    SELECT dataset, name, sum(value)::bigint AS value, max(minute) AS hour
    FROM metric_hour
    WHERE sandbox = %(sandbox)s
      AND dataset = ANY(%(datasets)s::int[])
      AND name = ANY(%(names)s::text[])
    GROUP BY dataset, name
) AS total
