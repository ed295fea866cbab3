"""Who may call: people (console) and API credentials (programs)."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from core.sandboxes.models import Organization


class User(AbstractUser):
    """A person who signs in to the console."""

    title = models.CharField(max_length=120, blank=True)


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

    def __str__(self) -> str:
        return self.name
