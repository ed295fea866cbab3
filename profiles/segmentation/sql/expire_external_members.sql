-- Purpose: take off all lists whose time there is over, some at a time; answers how many of each.
-- Locks:   the rows it deletes; rows another sweep has are left to it.
-- Index:   external_member_expiry, external_member_pkey.
WITH due AS (
    SELECT audience, identity FROM external_member
    WHERE expires_at <= %(now)s
    ORDER BY expires_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM external_member m USING due d
    WHERE m.audience = d.audience AND m.identity = d.identity
    RETURNING m.audience, m.sandbox
)
SELECT audience, sandbox, count(*) FROM gone GROUP BY audience, sandbox ORDER BY audience
