-- Purpose: the most frequent values of a computed attribute, of texts their first characters.
-- Locks:   none.
-- Index:   computed_value_pkey.
SELECT left(value #>> '{}', %(length)s) AS shown, count(*)
FROM computed_value
WHERE attribute = %(attribute)s
GROUP BY shown
ORDER BY count(*) DESC, shown
LIMIT %(limit)s
