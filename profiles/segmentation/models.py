"""Audiences, their history, and the work on them. Memberships are data-plane SQL."""

import uuid

from django.db import models


class SegmentDefinition(models.Model):
    """An audience: people who match its rule, or a list of people that comes from elsewhere.

    `number` names it in the data plane. A deleted one keeps its row (`deleted_ms`), so that no
    number is given twice and history can still name it.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        INACTIVE = "inactive"
        ARCHIVED = "archived"

    class Method(models.TextChoices):
        BATCH = "batch"
        STREAMING = "streaming"
        EDGE = "edge"

    class Kind(models.TextChoices):
        RULE = "SegmentDefinition"
        EXTERNAL = "ExternalSegment"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.RULE)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    schema_name = models.CharField(max_length=120, default="_xdm.context.profile")
    # Canonical text, which everything here reads; and what the client sent, which it gets back.
    expression = models.TextField(blank=True)
    expression_format = models.CharField(max_length=8, default="pql/text")
    expression_value = models.TextField(blank=True)
    # PROTECT: a rule means nothing without its policy, so a policy in use cannot be deleted.
    merge_policy = models.ForeignKey(
        "profiles.MergePolicy", models.PROTECT, null=True, blank=True, related_name="+"
    )
    method = models.CharField(max_length=9, choices=Method, default=Method.BATCH)
    state = models.CharField(max_length=9, choices=State, default=State.PUBLISHED)
    # The rule, or one it names, looks at events.
    uses_events = models.BooleanField(default=False)
    depends_on = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="dependents"
    )
    ttl_days = models.PositiveIntegerField(null=True, blank=True)
    payload_schema = models.TextField(blank=True)
    exclude_opt_out = models.BooleanField(default=True)
    labels = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    is_system = models.BooleanField(default=False)
    origin = models.CharField(max_length=40, default="REAL_TIME_CUSTOMER_PROFILE")
    namespace = models.CharField(max_length=40, default="AEPSegments")
    audience_id = models.CharField(max_length=300)
    source_id = models.CharField(max_length=300, blank=True)
    dataset_id = models.CharField(max_length=24, blank=True)
    audience_meta = models.JSONField(default=dict)
    linked_audience_ref = models.JSONField(default=dict)
    # What the last evaluation found; null: never evaluated.
    profile_count = models.BigIntegerField(null=True, blank=True)
    evaluated_ms = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    deleted_ms = models.BigIntegerField(null=True, blank=True)
    # When the members of a deleted or archived audience were removed; null: not yet.
    forgotten_ms = models.BigIntegerField(null=True, blank=True)
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox", "name"],
                condition=models.Q(deleted_ms__isnull=True) & ~models.Q(state="archived"),
                name="segment_name_unique",
            ),
            models.UniqueConstraint(
                fields=["sandbox", "namespace", "audience_id"],
                condition=models.Q(deleted_ms__isnull=True),
                name="segment_audience_id_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["sandbox", "-updated_ms"], name="segment_updated"),
            models.Index(
                fields=["number"],
                condition=models.Q(forgotten_ms__isnull=True)
                & (models.Q(deleted_ms__isnull=False) | models.Q(state="archived")),
                name="segment_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """What an audience was from one change to the next: who made it so, when, and how."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    segment = models.ForeignKey(SegmentDefinition, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=20)
    document = models.JSONField(default=dict)
    changed_ms = models.BigIntegerField()
    changed_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "version"], name="segment_version_unique")
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.segment_id}"


class SegmentCount(models.Model):
    """How many people an audience had after an evaluation, for its history."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    segment = models.ForeignKey(SegmentDefinition, models.CASCADE, related_name="counts")
    at_ms = models.BigIntegerField()
    realized = models.BigIntegerField(default=0)
    existing = models.BigIntegerField(default=0)
    exited = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["segment", "-at_ms"], name="segment_count_at")]

    def __str__(self) -> str:
        return f"{self.realized} in {self.segment_id}"


class Work(models.Model):
    """What every kind of long work has. The row is the truth, the task a nudge."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    request_id = models.CharField(max_length=64, blank=True)
    errors = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_ms = models.BigIntegerField()
    # Also the sign of life of the worker: work in progress that stands still is started again.
    updated_ms = models.BigIntegerField()
    started_ms = models.BigIntegerField(null=True, blank=True)
    finished_ms = models.BigIntegerField(null=True, blank=True)
    created_by = models.CharField(max_length=120)

    class Meta:
        abstract = True


class SegmentJob(Work):
    """One evaluation of some or all audiences over all profiles."""

    class Status(models.TextChoices):
        NEW = "NEW"
        QUEUED = "QUEUED"
        PROCESSING = "PROCESSING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"
        CANCELLING = "CANCELLING"
        CANCELLED = "CANCELLED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True, editable=False)
    source = models.CharField(max_length=10, default="api")
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    schema_name = models.CharField(max_length=120, default="_xdm.context.profile")
    # As the API shows them: what each audience was when the job began.
    segments = models.JSONField(default=list)
    everything = models.BooleanField(default=False)
    batch_id = models.CharField(max_length=26)
    compute_id = models.UUIDField(default=uuid.uuid4, editable=False)
    properties = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    profiles_read = models.BigIntegerField(default=0)
    profiles_total = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sandbox", "-created_ms"], name="segment_job_created"),
            models.Index(
                fields=["updated_ms"],
                condition=models.Q(status__in=["NEW", "QUEUED", "PROCESSING", "CANCELLING"]),
                name="segment_job_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} segment job {self.id}"


class SegmentSchedule(models.Model):
    """When all audiences are evaluated, or exported; `next_ms` is the next time, null: never."""

    class Kind(models.TextChoices):
        BATCH = "batch_segmentation"
        EXPORT = "export"

    class State(models.TextChoices):
        ACTIVE = "active"
        INACTIVE = "inactive"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=Kind)
    properties = models.JSONField(default=dict)
    schedule = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.INACTIVE)
    next_ms = models.BigIntegerField(null=True, blank=True, db_index=True)
    last_ms = models.BigIntegerField(null=True, blank=True)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox"],
                condition=models.Q(kind="batch_segmentation"),
                name="schedule_one_batch",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SegmentPreview(Work):
    """A rule tried out: who would match (`sample`), and about how many (`estimate`)."""

    class State(models.TextChoices):
        NEW = "NEW"
        RUNNING = "RUNNING"
        READY = "RESULT_READY"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    expression = models.TextField()
    schema_name = models.CharField(max_length=120, default="_xdm.context.profile")
    identity_graph = models.CharField(max_length=8, default="pdg")
    merge_policy = models.ForeignKey(
        "profiles.MergePolicy", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    estimate = models.JSONField(default=dict)
    sample = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["updated_ms"], name="segment_preview_updated")]

    def __str__(self) -> str:
        return f"{self.state} preview {self.id}"


class ExportJob(Work):
    """Profiles, or members of audiences, written out as lines of JSON."""

    class Status(models.TextChoices):
        NEW = "NEW"
        PROCESSING = "PROCESSING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    id = models.AutoField(primary_key=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    schema_name = models.CharField(max_length=120, default="_xdm.context.profile")
    merge_policy = models.ForeignKey(
        "profiles.MergePolicy", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    fields = models.TextField(blank=True)
    filter = models.JSONField(default=dict)
    additional_fields = models.JSONField(default=dict)
    dataset_id = models.CharField(max_length=24, blank=True)
    segment_per_batch = models.BooleanField(default=False)
    batches = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    compute_id = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        indexes = [models.Index(fields=["sandbox", "-created_ms"], name="export_job_created")]

    def __str__(self) -> str:
        return f"{self.status} export job {self.id}"


class ExternalUpload(Work):
    """An operation on an external audience: its creation, or a run that reads its file again."""

    class Kind(models.TextChoices):
        CREATE = "CREATE"
        RUN = "RUN"

    class Status(models.TextChoices):
        PROCESSING = "PROCESSING"
        SUCCESS = "SUCCESS"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    segment = models.ForeignKey(SegmentDefinition, models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=6, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROCESSING)
    request = models.JSONField(default=dict)
    rows_read = models.BigIntegerField(default=0)
    rows_failed = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["segment", "-created_ms"], name="external_upload_created")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.segment_id}"
