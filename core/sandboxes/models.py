"""One organization per installation; sandboxes isolate everything inside it."""

import uuid

from django.db import models


class Organization(models.Model):
    """The tenant of this installation, as AEP clients name it."""

    ims_org_id = models.CharField(max_length=64, unique=True)
    tenant_id = models.CharField(max_length=32)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Sandbox(models.Model):
    """An isolated partition. `number` is its name in the data plane and its journal stream."""

    class Type(models.TextChoices):
        PRODUCTION = "production"
        DEVELOPMENT = "development"

    class State(models.TextChoices):
        CREATING = "creating"
        ACTIVE = "active"
        FAILED = "failed"
        RESETTING = "resetting"
        DELETING = "deleting"
        DELETED = "deleted"

    number = models.SmallAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT)
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=120)
    type = models.CharField(max_length=16, choices=Type)
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=120, default="system")
    modified_by = models.CharField(max_length=120, default="system")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="sandbox_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name
