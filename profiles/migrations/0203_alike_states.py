"""States of memberships by what they have in common: audiences of a batch share one."""

from django.db import migrations

FORWARD = """
UPDATE profile_membership SET states = convert_to((
    SELECT coalesce(json_agg(json_build_array(status, qualified_at, due_at, numbers)), '[]')::text
    FROM (
        SELECT value -> 0 AS status, value -> 1 AS qualified_at, value -> 2 AS due_at,
            json_agg(key::int ORDER BY key::int) AS numbers
        FROM jsonb_each(convert_from(states, 'UTF8')::jsonb)
        GROUP BY 1, 2, 3
    ) alike
), 'UTF8');
COMMENT ON COLUMN profile_membership.states IS
    'JSON: [[status, qualified_at, due_at, [numbers of audiences]]], times in ms';
"""

REVERSE = """
UPDATE profile_membership SET states = convert_to((
    SELECT coalesce(json_object_agg(number, json_build_array(one -> 0, one -> 1, one -> 2)), '{}')::text
    FROM jsonb_array_elements(convert_from(states, 'UTF8')::jsonb) AS one,
        jsonb_array_elements_text(one -> 3) AS number
), 'UTF8');
COMMENT ON COLUMN profile_membership.states IS
    'JSON: audience number -> [status, qualified_at, due_at], times in ms';
"""


class Migration(migrations.Migration):

    dependencies = [('profiles', '0202_computed_attributes')]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
