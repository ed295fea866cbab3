-- Purpose: which of these profiles still exist: profiles are named after one of their identities.
-- Locks:   none; the caller holds the reader's position row, which keeps other writers out.
-- Index:   identity_pkey.
SELECT id FROM identity WHERE id = ANY(%(profiles)s) AND profile = id AND sandbox = %(sandbox)s
