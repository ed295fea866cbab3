"""Audiences, and the work on them."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


SEQUENCES = """
CREATE SEQUENCE segment_number AS integer;
CREATE SEQUENCE segment_job_number AS integer;
"""
DROP_SEQUENCES = """
DROP SEQUENCE segment_number;
DROP SEQUENCE segment_job_number;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_roles"),
        ("profiles", "0002_store"),
    ]

    operations = [
        migrations.RunSQL(SEQUENCES, DROP_SEQUENCES),
        migrations.CreateModel(
            name="SegmentDefinition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField(editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("SegmentDefinition", "Rule"), ("ExternalSegment", "External")],
                        default="SegmentDefinition",
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                ("schema_name", models.CharField(default="_xdm.context.profile", max_length=120)),
                ("expression", models.TextField(blank=True)),
                ("expression_format", models.CharField(default="pql/text", max_length=8)),
                ("expression_value", models.TextField(blank=True)),
                (
                    "method",
                    models.CharField(
                        choices=[("batch", "Batch"), ("streaming", "Streaming"), ("edge", "Edge")],
                        default="batch",
                        max_length=9,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published"),
                            ("inactive", "Inactive"),
                            ("archived", "Archived"),
                        ],
                        default="published",
                        max_length=9,
                    ),
                ),
                ("uses_events", models.BooleanField(default=False)),
                ("ttl_days", models.PositiveIntegerField(blank=True, null=True)),
                ("payload_schema", models.TextField(blank=True)),
                ("exclude_opt_out", models.BooleanField(default=True)),
                ("labels", models.JSONField(default=list)),
                ("tags", models.JSONField(default=list)),
                ("is_system", models.BooleanField(default=False)),
                ("origin", models.CharField(default="REAL_TIME_CUSTOMER_PROFILE", max_length=40)),
                ("namespace", models.CharField(default="AEPSegments", max_length=40)),
                ("audience_id", models.CharField(max_length=300)),
                ("source_id", models.CharField(blank=True, max_length=300)),
                ("dataset_id", models.CharField(blank=True, max_length=24)),
                ("audience_meta", models.JSONField(default=dict)),
                ("linked_audience_ref", models.JSONField(default=dict)),
                ("profile_count", models.BigIntegerField(blank=True, null=True)),
                ("evaluated_ms", models.BigIntegerField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("deleted_ms", models.BigIntegerField(blank=True, null=True)),
                ("forgotten_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_by", models.CharField(max_length=120)),
                ("updated_by", models.CharField(max_length=120)),
                (
                    "depends_on",
                    models.ManyToManyField(
                        blank=True, related_name="dependents", to="profiles.segmentdefinition"
                    ),
                ),
                (
                    "merge_policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="profiles.mergepolicy",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SegmentCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.BigIntegerField()),
                ("realized", models.BigIntegerField(default=0)),
                ("existing", models.BigIntegerField(default=0)),
                ("exited", models.BigIntegerField(default=0)),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counts",
                        to="profiles.segmentdefinition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExternalUpload",
            fields=[
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("errors", models.JSONField(default=list)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("started_ms", models.BigIntegerField(blank=True, null=True)),
                ("finished_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_by", models.CharField(max_length=120)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("CREATE", "Create"), ("RUN", "Run")], max_length=6),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PROCESSING", "Processing"),
                            ("SUCCESS", "Success"),
                            ("FAILED", "Failed"),
                        ],
                        default="PROCESSING",
                        max_length=10,
                    ),
                ),
                ("request", models.JSONField(default=dict)),
                ("rows_read", models.BigIntegerField(default=0)),
                ("rows_failed", models.BigIntegerField(default=0)),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="profiles.segmentdefinition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SegmentJob",
            fields=[
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("errors", models.JSONField(default=list)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("started_ms", models.BigIntegerField(blank=True, null=True)),
                ("finished_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_by", models.CharField(max_length=120)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField(editable=False, unique=True)),
                ("source", models.CharField(default="api", max_length=10)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("QUEUED", "Queued"),
                            ("PROCESSING", "Processing"),
                            ("SUCCEEDED", "Succeeded"),
                            ("FAILED", "Failed"),
                            ("CANCELLING", "Cancelling"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="NEW",
                        max_length=10,
                    ),
                ),
                ("schema_name", models.CharField(default="_xdm.context.profile", max_length=120)),
                ("segments", models.JSONField(default=list)),
                ("everything", models.BooleanField(default=False)),
                ("batch_id", models.CharField(max_length=26)),
                ("compute_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("properties", models.JSONField(default=dict)),
                ("metrics", models.JSONField(default=dict)),
                ("profiles_read", models.BigIntegerField(default=0)),
                ("profiles_total", models.BigIntegerField(blank=True, null=True)),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SegmentPreview",
            fields=[
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("errors", models.JSONField(default=list)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("started_ms", models.BigIntegerField(blank=True, null=True)),
                ("finished_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_by", models.CharField(max_length=120)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("expression", models.TextField()),
                ("schema_name", models.CharField(default="_xdm.context.profile", max_length=120)),
                ("identity_graph", models.CharField(default="pdg", max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("RUNNING", "Running"),
                            ("RESULT_READY", "Ready"),
                            ("FAILED", "Failed"),
                        ],
                        default="NEW",
                        max_length=12,
                    ),
                ),
                ("estimate", models.JSONField(default=dict)),
                ("sample", models.JSONField(default=list)),
                (
                    "merge_policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="profiles.mergepolicy",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SegmentSchedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[("batch_segmentation", "Batch"), ("export", "Export")],
                        max_length=20,
                    ),
                ),
                ("properties", models.JSONField(default=dict)),
                ("schedule", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("inactive", "Inactive")],
                        default="inactive",
                        max_length=8,
                    ),
                ),
                ("next_ms", models.BigIntegerField(blank=True, db_index=True, null=True)),
                ("last_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("created_by", models.CharField(max_length=120)),
                ("updated_by", models.CharField(max_length=120)),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SegmentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("action", models.CharField(max_length=20)),
                ("document", models.JSONField(default=dict)),
                ("changed_ms", models.BigIntegerField()),
                ("changed_by", models.CharField(max_length=120)),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="profiles.segmentdefinition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("errors", models.JSONField(default=list)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_ms", models.BigIntegerField()),
                ("updated_ms", models.BigIntegerField()),
                ("started_ms", models.BigIntegerField(blank=True, null=True)),
                ("finished_ms", models.BigIntegerField(blank=True, null=True)),
                ("created_by", models.CharField(max_length=120)),
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("PROCESSING", "Processing"),
                            ("SUCCEEDED", "Succeeded"),
                            ("FAILED", "Failed"),
                        ],
                        default="NEW",
                        max_length=10,
                    ),
                ),
                ("schema_name", models.CharField(default="_xdm.context.profile", max_length=120)),
                ("fields", models.TextField(blank=True)),
                ("filter", models.JSONField(default=dict)),
                ("additional_fields", models.JSONField(default=dict)),
                ("dataset_id", models.CharField(blank=True, max_length=24)),
                ("segment_per_batch", models.BooleanField(default=False)),
                ("batches", models.JSONField(default=list)),
                ("metrics", models.JSONField(default=dict)),
                ("compute_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "merge_policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="profiles.mergepolicy",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.sandbox",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["sandbox", "-created_ms"], name="export_job_created")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="segmentdefinition",
            index=models.Index(fields=["sandbox", "-updated_ms"], name="segment_updated"),
        ),
        migrations.AddIndex(
            model_name="segmentdefinition",
            index=models.Index(
                condition=models.Q(
                    ("forgotten_ms__isnull", True),
                    models.Q(("deleted_ms__isnull", False), ("state", "archived"), _connector="OR"),
                ),
                fields=["number"],
                name="segment_to_forget",
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentdefinition",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("deleted_ms__isnull", True), models.Q(("state", "archived"), _negated=True)
                ),
                fields=("sandbox", "name"),
                name="segment_name_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentdefinition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_ms__isnull", True)),
                fields=("sandbox", "namespace", "audience_id"),
                name="segment_audience_id_unique",
            ),
        ),
        migrations.AddIndex(
            model_name="segmentcount",
            index=models.Index(fields=["segment", "-at_ms"], name="segment_count_at"),
        ),
        migrations.AddIndex(
            model_name="externalupload",
            index=models.Index(fields=["segment", "-created_ms"], name="external_upload_created"),
        ),
        migrations.AddIndex(
            model_name="segmentjob",
            index=models.Index(fields=["sandbox", "-created_ms"], name="segment_job_created"),
        ),
        migrations.AddIndex(
            model_name="segmentjob",
            index=models.Index(
                condition=models.Q(("status__in", ["NEW", "QUEUED", "PROCESSING", "CANCELLING"])),
                fields=["updated_ms"],
                name="segment_job_open",
            ),
        ),
        migrations.AddIndex(
            model_name="segmentpreview",
            index=models.Index(fields=["updated_ms"], name="segment_preview_updated"),
        ),
        migrations.AddConstraint(
            model_name="segmentschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "batch_segmentation")),
                fields=("sandbox",),
                name="schedule_one_batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentversion",
            constraint=models.UniqueConstraint(
                fields=("segment", "version"), name="segment_version_unique"
            ),
        ),
    ]
