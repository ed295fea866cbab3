-- Purpose: every record fragment of the given profiles, with the profile it belongs to now.
-- Locks:   none; the reader's position row keeps other writers of this sandbox out.
-- Index:   identity_profile, profile_fragment_pkey.
SELECT i.profile, f.identity, f.dataset, f.effective_at, f.seq, f.document, f.clocks
FROM identity i
JOIN profile_fragment f ON f.identity = i.id
WHERE i.profile = ANY(%(profiles)s)
