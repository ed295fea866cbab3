"""Merge policies. Fragments, events and merged profiles are data-plane SQL (see `sql/`)."""

import uuid

from django.db import models


class MergePolicy(models.Model):
    """How fragments of one person become one profile."""

    class IdentityGraph(models.TextChoices):
        NONE = "none"
        PRIVATE = "pdg"

    class AttributeMerge(models.TextChoices):
        TIMESTAMP = "timestampOrdered"
        DATASETS = "dataSetPrecedence"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    schema_name = models.CharField(max_length=120, default="_xdm.context.profile")
    identity_graph = models.CharField(
        max_length=8, choices=IdentityGraph, default=IdentityGraph.PRIVATE
    )
    attribute_merge = models.CharField(
        max_length=20, choices=AttributeMerge, default=AttributeMerge.TIMESTAMP
    )
    dataset_order = models.JSONField(default=list)
    is_default = models.BooleanField(default=False)
    is_active_on_edge = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    updated_ms = models.BigIntegerField()
    updated_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox", "schema_name"],
                condition=models.Q(is_default=True),
                name="merge_policy_one_default",
            ),
            models.UniqueConstraint(
                fields=["sandbox"],
                condition=models.Q(is_active_on_edge=True),
                name="merge_policy_one_on_edge",
            ),
        ]

    def __str__(self) -> str:
        return self.name
