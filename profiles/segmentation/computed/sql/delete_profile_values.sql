-- Purpose: drop the values of profiles that are no more.
-- Locks:   the rows it deletes; the caller holds the pipeline of the sandbox.
-- Index:   computed_value_profile.
DELETE FROM computed_value WHERE profile = ANY(%(profiles)s)
