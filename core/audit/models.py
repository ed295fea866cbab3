"""Append-only record of what was done to which object, by whom."""

import uuid

from django.db import models


class AuditEvent(models.Model):
    """One allowed, denied or failed action on an object."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sandbox = models.ForeignKey(
        "core.Sandbox", models.CASCADE, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=120)
    actor_name = models.CharField(max_length=120)
    action = models.CharField(max_length=40)
    asset_type = models.CharField(max_length=40)
    asset_id = models.CharField(max_length=300)
    asset_name = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, default="Success")
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sandbox", "-at"], name="audit_sandbox_at")]

    def __str__(self) -> str:
        return f"{self.action} {self.asset_type} {self.asset_id}"
