"""Identity settings. The graph itself is data-plane SQL (see `sql/`)."""

from django.db import models


class LinkingSettings(models.Model):
    """Namespace priorities and unique namespaces of a sandbox; absent: plain linking."""

    sandbox = models.OneToOneField(
        "core.Sandbox", models.CASCADE, primary_key=True, related_name="+"
    )
    namespaces = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_ms = models.BigIntegerField()
    updated_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"linking rules of sandbox {self.sandbox_id}"
