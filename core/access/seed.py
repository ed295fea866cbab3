"""The first user and the first API credential, with the secrets generated at first start."""

from django.conf import settings

from core.access.credentials import create_credential, public_key_of
from core.access.models import ApiCredential, User
from core.sandboxes.models import Organization


def seed_access(*, organization: Organization) -> None:
    """Create the administrator and the default credential once."""
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
