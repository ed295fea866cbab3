-- Purpose: how an audience grew and shrank, by hour; with the last hour before that had a change.
-- Locks:   none.
-- Index:   audience_hour_pkey.
SELECT hour, realized, entered, "left"
FROM audience_hour
WHERE audience = %(audience)s AND sandbox = %(sandbox)s
  AND hour >= coalesce(
      (SELECT max(hour) FROM audience_hour
       WHERE audience = %(audience)s AND sandbox = %(sandbox)s AND hour < %(since)s),
      %(since)s)
ORDER BY hour
