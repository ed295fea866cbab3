"""Members of audiences that come from elsewhere: on identities, not on profiles."""

from django.db import migrations

FORWARD = """
CREATE TABLE external_member (
    audience     integer  NOT NULL,
    identity     bytea    NOT NULL,
    sandbox      smallint NOT NULL,
    qualified_at bigint   NOT NULL,
    seen_at      bigint   NOT NULL,
    expires_at   bigint,
    payload      bytea,
    PRIMARY KEY (audience, identity)
);
COMMENT ON TABLE external_member IS 'One row for each identity on the list of an audience.';
COMMENT ON COLUMN external_member.qualified_at IS 'when it came onto the list (ms)';
COMMENT ON COLUMN external_member.seen_at IS 'start of the last import that named it (ms)';
COMMENT ON COLUMN external_member.expires_at IS 'when it leaves the list by itself (ms); null: never';
COMMENT ON COLUMN external_member.payload IS 'JSON of the other columns; for activation only';
CREATE INDEX external_member_identity ON external_member (identity);
CREATE INDEX external_member_expiry ON external_member (expires_at) WHERE expires_at IS NOT NULL;
"""

REVERSE = "DROP TABLE external_member;"


class Migration(migrations.Migration):
    dependencies = [("profiles", "0004_membership")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
