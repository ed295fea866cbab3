-- Purpose: append messages and say where: the next free number of each stream they went to. Numbers
--          are dense, and the stream's row stays locked until the commit, so commit order is number
--          order and a reader never passes a row still in flight.
--          One statement, hence one round trip and one commit. COPY writes 1,000 rows a third
--          faster, but needs two round trips more, which costs small flushes more than it saves.
-- Locks:   journal_head, one row a stream, in stream order.
-- Index:   journal_head_pkey; journal_record_*_pkey are written.
WITH head AS (
    INSERT INTO journal_head AS kept (stream, next_seq)
    SELECT arrived.stream, arrived.records + 1
    FROM unnest(%(streams)s::int[], %(counts)s::int[]) AS arrived (stream, records)
    ORDER BY arrived.stream
    ON CONFLICT (stream) DO UPDATE SET next_seq = kept.next_seq + excluded.next_seq - 1
    RETURNING stream, next_seq
), written AS (
    INSERT INTO journal_record (stream, seq, appended_on, received_at, inlet, flags, payload)
    SELECT
        arrived.stream, head.next_seq - arrived.back, (now() AT TIME ZONE 'UTC')::date,
        arrived.received_at, arrived.inlet, arrived.flags, arrived.payload
    FROM unnest(
        %(stream)s::int[], %(back)s::int[], %(received_at)s::bigint[], %(inlet)s::int[],
        %(flags)s::smallint[], %(payload)s::bytea[]
    ) AS arrived (stream, back, received_at, inlet, flags, payload)
    JOIN head USING (stream)
)
SELECT stream, next_seq
FROM head
WHERE pg_notify('onefold_journal', stream::text) IS NOT NULL
