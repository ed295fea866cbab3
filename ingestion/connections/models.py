"""Flow Service objects and the inlets that streaming connections open."""

import uuid

from django.db import models


class FlowObject(models.Model):
    """A base, source or target connection, or a flow; `document` holds what the client sent."""

    class Kind(models.TextChoices):
        CONNECTION = "connections"
        SOURCE = "sourceConnections"
        TARGET = "targetConnections"
        FLOW = "flows"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=16, default="enabled")
    spec_id = models.CharField(max_length=64, blank=True)
    document = models.JSONField(default=dict)
    etag = models.CharField(max_length=64)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)
    created_client = models.CharField(max_length=120, blank=True)
    updated_client = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sandbox", "kind", "-created_ms"], name="flow_object_created"),
        ]

    def __str__(self) -> str:
        return self.name


class Inlet(models.Model):
    """An address that takes records: one per streaming connection (or legacy edge inlet)."""

    number = models.AutoField(primary_key=True)
    inlet_id = models.CharField(max_length=64, unique=True)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    connection = models.OneToOneField(
        FlowObject, models.CASCADE, null=True, blank=True, related_name="inlet"
    )
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    source_id = models.CharField(max_length=300)
    data_type = models.CharField(max_length=8, default="xdm")
    authentication_required = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    rate_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Messages a second; empty: the installation's default."
    )
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name
