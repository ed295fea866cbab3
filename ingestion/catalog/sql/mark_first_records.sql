-- Purpose: note that datasets have received data, which locks their schemas against breaking changes.
-- Locks:   the rows it writes, once in a dataset's life.
-- Index:   ingestion_dataset_number_key.
UPDATE ingestion_dataset SET first_record_ms = %(now)s
WHERE number = ANY(%(numbers)s) AND first_record_ms IS NULL
