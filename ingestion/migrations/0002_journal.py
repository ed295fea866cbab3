"""The journal: append-only, partitioned by day, with its readers, rejects, traces and metrics."""

from django.db import migrations

FORWARD = """
CREATE TABLE journal_head (
    stream   integer PRIMARY KEY,
    next_seq bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 10);
COMMENT ON TABLE journal_head IS
    'One row a stream (= sandbox number). Locked by each append until its commit, so that '
    'sequence order is commit order and a reader never passes a row still in flight.';

CREATE TABLE journal_record (
    stream      integer  NOT NULL,
    seq         bigint   NOT NULL,
    appended_on date     NOT NULL,
    received_at bigint   NOT NULL,
    inlet       integer  NOT NULL,
    flags       smallint NOT NULL DEFAULT 0,
    payload     bytea    NOT NULL,
    PRIMARY KEY (stream, seq, appended_on)
) PARTITION BY RANGE (appended_on);
CREATE TABLE journal_record_default PARTITION OF journal_record DEFAULT;
COMMENT ON COLUMN journal_record.received_at IS 'microseconds since the epoch, by the collector';
COMMENT ON COLUMN journal_record.inlet IS 'inlet number; 0: re-driven or written by the system';
COMMENT ON COLUMN journal_record.flags IS '1: re-driven after a reject';

CREATE TABLE journal_position (
    reader     text    NOT NULL,
    stream     integer NOT NULL,
    seq        bigint  NOT NULL DEFAULT 0,
    attempts   integer NOT NULL DEFAULT 0,
    updated_at bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (reader, stream)
) WITH (fillfactor = 10);
COMMENT ON COLUMN journal_position.attempts IS
    'tries at the batch after seq that died without a verdict; bounds what a poison record costs';

CREATE TABLE journal_reject (
    stream      integer NOT NULL,
    seq         bigint  NOT NULL,
    received_at bigint  NOT NULL,
    rejected_at bigint  NOT NULL,
    inlet       integer NOT NULL,
    dataset     integer,
    code        text    NOT NULL,
    path        text    NOT NULL,
    received    text,
    expected    text,
    message     text    NOT NULL,
    violations  jsonb   NOT NULL DEFAULT '[]',
    payload     bytea   NOT NULL,
    state       text    NOT NULL DEFAULT 'open',
    redriven_as bigint,
    PRIMARY KEY (stream, seq)
);
CREATE INDEX journal_reject_recent ON journal_reject (stream, rejected_at DESC);
CREATE INDEX journal_reject_inlet ON journal_reject (stream, inlet, rejected_at DESC);
CREATE INDEX journal_reject_group ON journal_reject (stream, code, path);

CREATE TABLE pipeline_batch (
    stream       integer NOT NULL,
    first_seq    bigint  NOT NULL,
    last_seq     bigint  NOT NULL,
    claimed_at   bigint  NOT NULL,
    admitted_at  bigint  NOT NULL,
    resolved_at  bigint  NOT NULL,
    merged_at    bigint  NOT NULL,
    committed_at bigint  NOT NULL,
    received     integer NOT NULL,
    accepted     integer NOT NULL,
    rejected     integer NOT NULL,
    duplicates   integer NOT NULL,
    skipped      integer NOT NULL,
    PRIMARY KEY (stream, last_seq)
);
COMMENT ON TABLE pipeline_batch IS
    'One row a micro-batch: with rejects, fragments and events it answers for the trace of each record.';
CREATE INDEX pipeline_batch_time ON pipeline_batch (committed_at);

CREATE TABLE metric_minute (
    sandbox smallint NOT NULL,
    minute  integer  NOT NULL,
    inlet   integer  NOT NULL,
    dataset integer  NOT NULL,
    name    text     NOT NULL,
    value   bigint   NOT NULL,
    PRIMARY KEY (sandbox, minute, inlet, dataset, name)
);
COMMENT ON COLUMN metric_minute.minute IS 'minutes since the epoch, by receive time';

CREATE SEQUENCE dataset_number AS integer;
"""

REVERSE = """
DROP SEQUENCE dataset_number;
DROP TABLE metric_minute, pipeline_batch, journal_reject, journal_position, journal_record,
    journal_head;
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
