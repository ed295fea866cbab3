-- Purpose: remember the newest record that cut a link of an identity.
-- Locks:   the rows it writes, in id order (the caller sorts).
-- Index:   identity_pkey.
UPDATE identity SET severed_at = new.severed_at, severed_seq = new.severed_seq
FROM unnest(%(ids)s::bytea[], %(severed_at)s::bigint[], %(severed_seq)s::bigint[])
    AS new (id, severed_at, severed_seq)
WHERE identity.id = new.id
