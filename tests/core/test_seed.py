"""The seed command, as every start runs it."""

import pytest
from django.core.management import call_command

from core.access.models import ApiCredential, User
from core.sandboxes.models import Organization, Sandbox
from ingestion.namespaces.models import IdentityNamespace
from profiles.store.models import MergePolicy

pytestmark = pytest.mark.django_db


def test_seeding_twice_makes_everything_once() -> None:
    call_command("seed", verbosity=0)
    namespaces = IdentityNamespace.objects.count()
    call_command("seed", verbosity=0)
    counts = [m.objects.count() for m in (Organization, Sandbox, User, ApiCredential, MergePolicy)]
    assert counts == [1, 1, 1, 1, 1]
    assert IdentityNamespace.objects.count() == namespaces > 5
