"""Memberships of profiles, and how many profiles an audience holds."""

from django.db import migrations

FORWARD = """
CREATE TABLE profile_membership (
    profile   bytea     PRIMARY KEY,
    sandbox   smallint  NOT NULL,
    audiences integer[] NOT NULL,
    states    bytea     NOT NULL,
    due_at    bigint
) WITH (fillfactor = 80);
COMMENT ON TABLE profile_membership IS 'One row for each profile that is or was in an audience.';
COMMENT ON COLUMN profile_membership.audiences IS 'Numbers of the audiences it is in now, sorted';
COMMENT ON COLUMN profile_membership.states IS
    'JSON: audience number -> [status, qualified_at, due_at], times in ms';
COMMENT ON COLUMN profile_membership.due_at IS
    'when time alone may change one of them (ms); null: never';
CREATE INDEX profile_membership_due ON profile_membership (sandbox, due_at)
    WHERE due_at IS NOT NULL;

CREATE TABLE audience_count (
    audience integer  PRIMARY KEY,
    sandbox  smallint NOT NULL,
    realized bigint   NOT NULL,
    exited   bigint   NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE audience_hour (
    audience integer  NOT NULL,
    hour     bigint   NOT NULL,
    sandbox  smallint NOT NULL,
    realized bigint   NOT NULL,
    entered  bigint   NOT NULL,
    "left"   bigint   NOT NULL,
    PRIMARY KEY (audience, hour)
) WITH (fillfactor = 50);
COMMENT ON COLUMN audience_hour.realized IS 'members at the last change in that hour';
COMMENT ON COLUMN audience_hour.hour IS 'hours since the epoch';
"""

REVERSE = "DROP TABLE audience_hour, audience_count, profile_membership;"


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_segmentation")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
