"""Counters by the hour beside those by the minute, and records found by the moment they came."""

from django.db import migrations

FORWARD = """
CREATE TABLE metric_hour (
    sandbox smallint NOT NULL,
    minute  integer  NOT NULL,
    inlet   integer  NOT NULL,
    dataset integer  NOT NULL,
    name    text     NOT NULL,
    value   bigint   NOT NULL,
    PRIMARY KEY (sandbox, minute, inlet, dataset, name)
) WITH (fillfactor = 70);
COMMENT ON TABLE metric_hour IS
    'metric_minute by the hour, written by the same statement: what long ranges are read from.';
COMMENT ON COLUMN metric_hour.minute IS 'first minute of the hour, by receive time';
INSERT INTO metric_hour (sandbox, minute, inlet, dataset, name, value)
SELECT sandbox, minute / 60 * 60, inlet, dataset, name, sum(value)
FROM metric_minute
GROUP BY 1, 2, 3, 4, 5;

CREATE INDEX journal_record_moment ON journal_record
    USING brin (received_at) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE journal_request (
    stream      integer NOT NULL,
    request_id  text    NOT NULL,
    received_at bigint  NOT NULL
);
COMMENT ON TABLE journal_request IS
    'Request ids that senders chose; our own tell their moment themselves. Written by the second.';
CREATE INDEX journal_request_id ON journal_request (stream, request_id);
CREATE INDEX journal_request_moment ON journal_request USING brin (received_at);
"""

REVERSE = """
DROP TABLE journal_request, metric_hour;
DROP INDEX journal_record_moment;
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0102_prep_uploads")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
