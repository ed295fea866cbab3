"""Computed attributes: definitions, their runs, and a table of values."""

import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.db import migrations, models


FORWARD = """
CREATE SEQUENCE computed_number AS integer;
CREATE TABLE computed_value (
    attribute integer  NOT NULL,
    profile   bytea    NOT NULL,
    sandbox   smallint NOT NULL,
    value     jsonb    NOT NULL,
    moment    bigint   NOT NULL,
    PRIMARY KEY (attribute, profile)
);
COMMENT ON TABLE computed_value IS 'One row for each profile that a computed attribute has a value of.';
COMMENT ON COLUMN computed_value.moment IS
    'of the event the value is from (MOST_RECENT), else of the evaluation that found it (ms)';
CREATE INDEX computed_value_profile ON computed_value (profile);
"""

REVERSE = """
DROP TABLE computed_value;
DROP SEQUENCE computed_number;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0201_notifications'),
        ('profiles', '0201_relinking'),
    ]

    operations = [
        migrations.CreateModel(
            name='ComputedAttribute',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.IntegerField(editable=False, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('display_name', models.CharField(max_length=300)),
                ('description', models.TextField(blank=True)),
                ('expression', models.TextField()),
                ('expression_format', models.CharField(default='pql/text', max_length=8)),
                ('expression_value', models.TextField()),
                ('function', models.CharField(max_length=11)),
                ('return_type', models.CharField(max_length=20)),
                ('duration_count', models.PositiveSmallIntegerField()),
                ('duration_unit', models.CharField(choices=[('HOURS', 'Hours'), ('DAYS', 'Days'), ('WEEKS', 'Weeks'), ('MONTHS', 'Months')], max_length=6)),
                ('keep_current', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('DRAFT', 'Draft'), ('NEW', 'New'), ('INITIALIZED', 'Initialized'), ('PROCESSING', 'Processing'), ('ENABLED', 'Enabled'), ('FAILED', 'Failed'), ('DISABLED', 'Disabled')], default='DRAFT', max_length=11)),
                ('error', models.TextField(blank=True)),
                ('evaluated_ms', models.BigIntegerField(blank=True, null=True)),
                ('profile_count', models.BigIntegerField(blank=True, null=True)),
                ('next_ms', models.BigIntegerField(blank=True, db_index=True, null=True)),
                ('created_ms', models.BigIntegerField()),
                ('updated_ms', models.BigIntegerField()),
                ('created_by', models.CharField(max_length=120)),
                ('updated_by', models.CharField(max_length=120)),
                ('sandbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.sandbox')),
            ],
            options={
                'indexes': [models.Index(fields=['sandbox', '-updated_ms'], name='computed_updated')],
                'constraints': [models.UniqueConstraint(models.F('sandbox'), django.db.models.functions.text.Lower('name'), name='computed_name_unique')],
            },
        ),
        migrations.CreateModel(
            name='ComputedRun',
            fields=[
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('errors', models.JSONField(default=list)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_ms', models.BigIntegerField()),
                ('updated_ms', models.BigIntegerField()),
                ('started_ms', models.BigIntegerField(blank=True, null=True)),
                ('finished_ms', models.BigIntegerField(blank=True, null=True)),
                ('created_by', models.CharField(max_length=120)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('NEW', 'New'), ('PROCESSING', 'Processing'), ('SUCCEEDED', 'Succeeded'), ('FAILED', 'Failed')], default='NEW', max_length=10)),
                ('source', models.CharField(default='api', max_length=10)),
                ('attributes', models.JSONField(default=list)),
                ('values_done', models.BigIntegerField(default=0)),
                ('values_total', models.BigIntegerField(blank=True, null=True)),
                ('sandbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.sandbox')),
            ],
            options={
                'indexes': [models.Index(fields=['sandbox', '-created_ms'], name='computed_run_created'), models.Index(condition=models.Q(('status__in', ['NEW', 'PROCESSING'])), fields=['updated_ms'], name='computed_run_open')],
            },
        ),
        migrations.RunSQL(FORWARD, REVERSE),
    ]
