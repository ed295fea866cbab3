-- Purpose: which version of the linking rules holds now; no row: none were ever saved.
-- Locks:   none.
-- Index:   profiles_linkingsettings_pkey.
SELECT version FROM profiles_linkingsettings WHERE sandbox_id = %(sandbox)s
