"""Uploaded files: what is known of each, and how far its import is."""

import uuid

from django.db import models


class Upload(models.Model):
    """A file on its way into a dataset. Its bytes lie in the uploads folder under its id.

    `options` say how to read it, `mapping` what its columns become, `report` what validation found.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        IMPORTING = "importing"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    dataset = models.ForeignKey("ingestion.Dataset", models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    size = models.BigIntegerField(default=0)
    options = models.JSONField(default=dict)
    mapping = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    trouble = models.TextField(blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_failed = models.BigIntegerField(default=0)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name
