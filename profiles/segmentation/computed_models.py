"""Computed attributes and their runs. Values are data-plane SQL (`computed_value`)."""

import uuid

from django.db import models
from django.db.models.functions import Lower

from profiles.segmentation.models import Work


class ComputedAttribute(models.Model):
    """A value made of each profile's events; `number` names it in the data plane."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT"
        NEW = "NEW"
        INITIALIZED = "INITIALIZED"
        PROCESSING = "PROCESSING"
        ENABLED = "ENABLED"
        FAILED = "FAILED"
        DISABLED = "DISABLED"

    class Unit(models.TextChoices):
        HOURS = "HOURS"
        DAYS = "DAYS"
        WEEKS = "WEEKS"
        MONTHS = "MONTHS"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    display_name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    # Canonical text, which everything here reads; and what the client sent, which it gets back.
    expression = models.TextField()
    expression_format = models.CharField(max_length=8, default="pql/text")
    expression_value = models.TextField()
    function = models.CharField(max_length=11)
    # A scalar kind of PQL, such as `double`; `string[]` for a list.
    return_type = models.CharField(max_length=20)
    duration_count = models.PositiveSmallIntegerField()
    duration_unit = models.CharField(max_length=6, choices=Unit)
    keep_current = models.BooleanField(default=False)
    status = models.CharField(max_length=11, choices=Status, default=Status.DRAFT)
    # Why the last evaluation failed; empty: it did not.
    error = models.TextField(blank=True)
    evaluated_ms = models.BigIntegerField(null=True, blank=True)
    profile_count = models.BigIntegerField(null=True, blank=True)
    # When it is evaluated next; null: not by itself.
    next_ms = models.BigIntegerField(null=True, blank=True, db_index=True)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            # Columns tell names apart whatever their case.
            models.UniqueConstraint("sandbox", Lower("name"), name="computed_name_unique")
        ]
        indexes = [models.Index(fields=["sandbox", "-updated_ms"], name="computed_updated")]

    def __str__(self) -> str:
        return self.name


class ComputedRun(Work):
    """One evaluation of some computed attributes over all profiles."""

    class Status(models.TextChoices):
        NEW = "NEW"
        PROCESSING = "PROCESSING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    source = models.CharField(max_length=10, default="api")
    # Ids of the attributes.
    attributes = models.JSONField(default=list)
    values_done = models.BigIntegerField(default=0)
    values_total = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sandbox", "-created_ms"], name="computed_run_created"),
            models.Index(
                fields=["updated_ms"],
                condition=models.Q(status__in=["NEW", "PROCESSING"]),
                name="computed_run_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} run {self.id}"
