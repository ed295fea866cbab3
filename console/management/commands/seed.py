"""First-start objects: organization, sandbox `prod`, user, credential, namespaces, merge policy."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from core.access.seed import seed_access
from core.sandboxes.seed import seed_organization
from ingestion.journal.partitions import ensure_partitions
from ingestion.namespaces.seed import seed_namespaces
from profiles.store.seed import seed_merge_policy


class Command(BaseCommand):
    help = "Create what a fresh installation needs. Safe to run at every start."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with transaction.atomic():
            sandbox = seed_organization()
            seed_access(organization=sandbox.organization)
            seed_namespaces(organization=sandbox.organization)
            seed_merge_policy(sandbox=sandbox)
        ensure_partitions()
        self.stdout.write("seeded")
