"""One collector process for all tests of this folder that need one."""

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from core.config import ROOT
from core.sandboxes.models import Sandbox
from ingestion.connections.models import Inlet
from tests.ingestion.collect.messages import make_inlet
from tests.ingestion.collect.running import RunningCollector, start_collector


def database_url() -> str:
    values = connection.settings_dict
    host = quote(values["HOST"], safe="")
    user, password = values["USER"], quote(values["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@/{values['NAME']}?host={host}&port={values['PORT']}"


@pytest.fixture(scope="session")
def collector(django_db_setup: None) -> Iterator[RunningCollector]:
    log = ROOT / "var" / "test" / "collector.log"
    with start_collector(database_url(), log) as running:
        yield running


@pytest.fixture
def http(transactional_db: None, collector: RunningCollector) -> Iterator[httpx.Client]:
    with collector.client() as client:
        yield client


@pytest.fixture
def inlet(transactional_db: None, sandbox: Sandbox) -> Inlet:
    return make_inlet(sandbox)
