"""Liveness and readiness."""

import pytest
from django.conf import settings
from django.test import Client

from core.http import health
from core.launcher.testing import Servers


def test_a_living_process_says_so_without_looking_at_anything() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_means_that_database_and_broker_answer(servers: Servers) -> None:
    response = Client().get("/readyz")
    assert response.status_code == 200, response.content
    assert response.json()["checks"] == {"database": "ok", "broker": "ok"}


@pytest.mark.django_db
def test_not_ready_names_the_dependency_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(health, "_broker", down)
    response = Client().get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == "ok"
    assert "ConnectionRefusedError" in checks["broker"]
    assert settings.CONFIG.secret("postgres_password") not in str(checks)
