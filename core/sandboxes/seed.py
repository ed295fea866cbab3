"""The organization and its production sandbox."""

from django.conf import settings

from core.sandboxes.models import Organization, Sandbox


def seed_organization() -> Sandbox:
    """The default sandbox of this installation, created at first start."""
    config = settings.CONFIG
    organization, _ = Organization.objects.get_or_create(
        ims_org_id=config.org_id,
        defaults={"tenant_id": config.tenant_id, "name": "Onefold"},
    )
    sandbox, _ = Sandbox.objects.get_or_create(
        organization=organization,
        name="prod",
        defaults={
            "title": "Production",
            "type": Sandbox.Type.PRODUCTION,
            "is_default": True,
        },
    )
    return sandbox
