-- Purpose: is there a live dataset of the sandbox among these ids?
-- Locks:   none.
-- Index:   ingestion_dataset_pkey.
SELECT 1 FROM ingestion_dataset
WHERE id = ANY(%(ids)s) AND sandbox_id = %(sandbox)s AND deleted_ms IS NULL
LIMIT 1
