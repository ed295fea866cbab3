"""Fixtures every test can ask for. Only tests marked `django_db` start or touch the database."""

import os

import django
import hypothesis
import pytest
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
# State and secrets of tests stay apart from the installation's.
os.environ["ONEFOLD_VAR"] = "var/test"
for name in ("DATABASE_URL", "BROKER_URL"):
    os.environ.pop(name, None)

# A slow machine is no fault of the code under test.
hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
# Serve static files from their sources: nothing is collected for tests.
settings.WHITENOISE_AUTOREFRESH = True
settings.WHITENOISE_USE_FINDERS = True
django.setup()

from django.db import connections  # noqa: E402 - models need the set-up above
from django.test import TransactionTestCase  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402

from core.access.models import ApiCredential  # noqa: E402
from core.access.permissions import EVERYTHING  # noqa: E402
from core.access.types import Actor  # noqa: E402
from core.config import ROOT  # noqa: E402
from core.http.gateway import forget_callers  # noqa: E402
from core.launcher.testing import TEST_PASSWORD, Servers, ensure_servers  # noqa: E402
from core.sandboxes.models import Sandbox  # noqa: E402
from ingestion.journal.partitions import ensure_partitions  # noqa: E402
from tests.api_client import ApiClient  # noqa: E402
from tests.emptying import empty_tables  # noqa: E402
from tests.factories.core import make_sandbox, seed_installation  # noqa: E402

# After a test of transactions: Django's flush is slow, and knows models only.
TransactionTestCase._fixture_teardown = lambda self: empty_tables()  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The test servers, started by the first test that needs them; `make test-stop` ends them."""
    return ensure_servers(ROOT / "var" / "test")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """Point Django at the test server before pytest-django creates the database."""
    database = connections.settings["default"]
    database.update(
        NAME="postgres",
        USER="onefold",
        PASSWORD=TEST_PASSWORD,
        HOST=str(servers.postgres.run),
        PORT="5432",
        # A killed run must not leave its statements behind, holding locks the next run needs.
        OPTIONS={"options": "-c client_connection_check_interval=2s"},
    )
    database["TEST"]["NAME"] = os.environ.get("ONEFOLD_TEST_DB", "test_onefold")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Empty tables with today's partitions, whatever an earlier run left."""
    with django_db_blocker.unblock():
        empty_tables()
        ensure_partitions()


@pytest.fixture(autouse=True)
def _no_memory_between_tests() -> None:
    """The gateway remembers callers for a second: longer than a test lives."""
    forget_callers()


@pytest.fixture
def sandbox(db: None) -> Sandbox:
    """Sandbox `prod` of a freshly seeded installation."""
    return seed_installation()


@pytest.fixture
def other_sandbox(sandbox: Sandbox) -> Sandbox:
    """A second, development sandbox of the same organization."""
    return make_sandbox(sandbox.organization, name="dev1")


@pytest.fixture
def actor() -> Actor:
    return Actor(
        kind="client", id="TEST@techacct.adobe.com", name="Test client", grants=(EVERYTHING,)
    )


@pytest.fixture
def credential(sandbox: Sandbox) -> ApiCredential:
    """The default API credential; its secret is `settings.CONFIG.secret("api_client_secret")`."""
    return ApiCredential.objects.select_related("organization").get(
        client_id=settings.CONFIG.api_key
    )


@pytest.fixture
def api(credential: ApiCredential) -> ApiClient:
    """A program's HTTP client: gateway headers, and a token from the token endpoint."""
    return ApiClient(credential)
