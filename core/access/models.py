"""Who may call: people (console) and API credentials (programs)."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from core.sandboxes.models import Organization, Sandbox


class User(AbstractUser):
    """A person who signs in to the console."""

    title = models.CharField(max_length=120, blank=True)
    # How they like the console: {"columns": {list: {column: shown}}}.
    preferences = models.JSONField(default=dict, blank=True)


class ApiCredential(models.Model):
    """A program's client id and hashed secret, or its public key for the legacy JWT exchange."""

    organization = models.ForeignKey(Organization, models.PROTECT)
    name = models.CharField(max_length=120)
    client_id = models.CharField(max_length=64, unique=True)
    secret_hash = models.CharField(max_length=128)
    technical_account = models.CharField(max_length=120, unique=True)
    public_key = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # During a rotation the secret before still counts, until this moment.
    old_secret_hash = models.CharField(max_length=128, blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions, in all sandboxes or in some, for people and programs."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_system = models.BooleanField(default=False)
    permissions = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    in_all_sandboxes = models.BooleanField(default=True)
    sandboxes = models.ManyToManyField(Sandbox, blank=True, related_name="+")
    users = models.ManyToManyField(User, blank=True, related_name="roles")
    credentials = models.ManyToManyField(ApiCredential, blank=True, related_name="roles")
    version = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=120, default="system")
    modified_by = models.CharField(max_length=120, default="system")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="role_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name
