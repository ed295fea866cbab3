"""Datasets and the batches that land in them."""

from django.db import models


class Dataset(models.Model):
    """A named store for data of one schema. `number` is its short name in the data plane.

    A deleted dataset keeps its row (`deleted_ms`), so that old records can still name it.
    """

    id = models.CharField(max_length=24, primary_key=True)
    number = models.IntegerField(unique=True, editable=False)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    schema_uri = models.CharField(max_length=300)
    schema_content_type = models.CharField(max_length=120)
    tags = models.JSONField(default=dict)
    profile_enabled = models.BooleanField(default=False)
    identity_enabled = models.BooleanField(default=False)
    is_upsert = models.BooleanField(default=False)
    validation_disabled = models.BooleanField(default=False)
    document = models.JSONField(default=dict)
    patch_version = models.PositiveIntegerField(default=0)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    deleted_ms = models.BigIntegerField(null=True, blank=True)
    first_record_ms = models.BigIntegerField(null=True, blank=True)
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)
    created_client = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sandbox", "created_ms"], name="dataset_created"),
            models.Index(fields=["sandbox", "schema_uri"], name="dataset_schema"),
        ]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """A unit of data that entered a dataset; streaming makes one per dataset and hour."""

    id = models.CharField(max_length=26, primary_key=True)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="batches")
    status = models.CharField(max_length=12)
    external_id = models.CharField(max_length=300, blank=True)
    document = models.JSONField(default=dict)
    record_count = models.BigIntegerField(default=0)
    failed_record_count = models.BigIntegerField(default=0)
    patch_version = models.PositiveIntegerField(default=0)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["sandbox", "-created_ms"], name="batch_created")]

    def __str__(self) -> str:
        return self.id
