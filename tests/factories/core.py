"""Organizations, sandboxes and credentials."""

from core.access.seed import seed_access
from core.sandboxes.models import Organization, Sandbox
from core.sandboxes.seed import seed_organization
from ingestion.namespaces.seed import seed_namespaces
from profiles.store.seed import seed_merge_policy


def seed_installation() -> Sandbox:
    """What `manage.py seed` makes; answers the production sandbox."""
    sandbox = seed_organization()
    seed_access(organization=sandbox.organization)
    seed_namespaces(organization=sandbox.organization)
    seed_merge_policy(sandbox=sandbox)
    return sandbox


def make_sandbox(organization: Organization, *, name: str) -> Sandbox:
    """An active development sandbox with its default merge policy."""
    sandbox = Sandbox.objects.create(
        organization=organization, name=name, title=name, type=Sandbox.Type.DEVELOPMENT
    )
    seed_merge_policy(sandbox=sandbox)
    return sandbox
