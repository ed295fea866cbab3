-- Purpose: the trace of one micro-batch, in its own transaction.
-- Locks:   the new row.
-- Index:   pipeline_batch_pkey and pipeline_batch_time are written.
INSERT INTO pipeline_batch (
    stream, first_seq, last_seq, claimed_at, admitted_at, resolved_at, merged_at, committed_at,
    received, accepted, rejected, duplicates, skipped
)
VALUES (
    %(stream)s, %(first_seq)s, %(last_seq)s, %(claimed_at)s, %(admitted_at)s, %(resolved_at)s,
    %(merged_at)s, %(committed_at)s, %(received)s, %(accepted)s, %(rejected)s, %(duplicates)s,
    %(skipped)s
)
