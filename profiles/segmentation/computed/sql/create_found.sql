-- Purpose: what an evaluation found, until it is written; `page` cuts it into transactions.
-- Locks:   none; the table belongs to the session.
CREATE TEMPORARY TABLE computed_found (
    page integer, attribute integer, profile bytea, value jsonb, moment bigint
)
