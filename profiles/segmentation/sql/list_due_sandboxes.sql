-- Purpose: sandboxes in which time alone may change a membership by now.
-- Locks:   none.
-- Index:   profile_membership_due.
SELECT s.number
FROM core_sandbox s
WHERE EXISTS (
    SELECT FROM profile_membership m WHERE m.sandbox = s.number AND m.due_at <= %(now)s
)
ORDER BY s.number
