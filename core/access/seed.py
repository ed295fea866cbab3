"""Default roles, the first user and the first API credential, with secrets made at first start."""

from django.conf import settings

from core.access.credentials import create_credential, public_key_of
from core.access.models import ApiCredential, Role, User
from core.access.permissions import ADMINISTRATOR, DEFAULT_ROLES
from core.sandboxes.models import Organization


def seed_access(*, organization: Organization) -> None:
    """Create the roles, the administrator and the default credential once."""
    config = settings.CONFIG
    if not User.objects.exists():
        User.objects.create_superuser(
            username=config.admin_user, password=config.secret("admin_password")
        )
    if not ApiCredential.objects.filter(client_id=config.api_key).exists():
        create_credential(
            organization=organization,
            name="Default credential",
            client_id=config.api_key,
            secret=config.secret("api_client_secret"),
            public_key=public_key_of(config.secret("service_account_key")),
        )
    _seed_roles(organization)


def _seed_roles(organization: Organization) -> None:
    for default in DEFAULT_ROLES:
        role, created = Role.objects.get_or_create(
            organization=organization,
            name=default.name,
            defaults={
                "description": default.description,
                "permissions": list(default.permissions),
                "is_system": True,
            },
        )
        if default.name != ADMINISTRATOR:
            continue
        if created:
            # Before there were roles everybody could do everything: nobody is locked out.
            role.users.set(User.objects.filter(is_active=True))
            role.credentials.set(ApiCredential.objects.filter(organization=organization))
        elif role.permissions != list(default.permissions):
            role.permissions = list(default.permissions)
            role.save(update_fields=["permissions", "updated_at"])
