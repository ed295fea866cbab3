-- Purpose: how many profiles have a number in each of some ranges of the same width.
-- Locks:   none.
-- Index:   computed_value_pkey.
WITH number AS MATERIALIZED (
    SELECT (value #>> '{}')::float8 AS x FROM computed_value WHERE attribute = %(attribute)s
), bound AS (
    SELECT min(x) AS low, max(x) AS high FROM number
), placed AS (
    SELECT CASE WHEN high = low THEN 1 ELSE least(width_bucket(x, low, high, %(ranges)s), %(ranges)s) END
               AS place
    FROM number CROSS JOIN bound
)
SELECT CASE WHEN high = low THEN low ELSE low + (high - low) / %(ranges)s * (place - 1) END,
       CASE WHEN high = low THEN high ELSE low + (high - low) / %(ranges)s * place END,
       count(*)
FROM placed CROSS JOIN bound
GROUP BY place, low, high
ORDER BY place
