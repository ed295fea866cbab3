"""Mapping sets as they are kept: one row a version, because flows pin the version they use."""

from django.db import models


class MappingSet(models.Model):
    """One version of a mapping set; `document` is what the client sent."""

    set_id = models.CharField(max_length=32)
    version = models.PositiveIntegerField(default=0)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    name = models.CharField(max_length=300, blank=True)
    schema_uri = models.CharField(max_length=300)
    document = models.JSONField(default=dict)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set_id", "version"], name="mapping_set_version"),
        ]

    def __str__(self) -> str:
        return f"{self.set_id} version {self.version}"
