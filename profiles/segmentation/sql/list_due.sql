-- Purpose: profiles for which time alone may change a membership by now, longest due first.
-- Locks:   none; the caller holds the reader's position row, which keeps other writers out.
-- Index:   profile_membership_due.
SELECT profile, states
FROM profile_membership
WHERE sandbox = %(sandbox)s AND due_at <= %(now)s
ORDER BY due_at
LIMIT %(limit)s
