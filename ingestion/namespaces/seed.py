"""Standard namespaces into the database."""

from core import clock
from core.sandboxes.models import Organization
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.standard import STANDARD_NAMESPACES


def seed_namespaces(*, organization: Organization) -> None:
    """Insert the standard namespaces that are missing."""
    now = clock.now_ms()
    IdentityNamespace.objects.bulk_create(
        [
            IdentityNamespace(
                id=standard.id,
                organization=organization,
                code=standard.code,
                name=standard.name,
                description=standard.description,
                id_type=standard.id_type,
                custom=False,
                created_ms=now,
                updated_ms=now,
            )
            for standard in STANDARD_NAMESPACES
        ],
        ignore_conflicts=True,
    )
