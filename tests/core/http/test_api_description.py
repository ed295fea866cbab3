"""The API description and its page."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client


def test_the_description_of_the_whole_api_is_valid_without_warnings() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


@pytest.mark.django_db
def test_the_description_is_served_to_everyone_and_names_the_services() -> None:
    response = Client().get("/api/schema")
    assert response.status_code == 200
    described = yaml.safe_load(response.content)
    assert "/data/foundation/catalog/dataSets" in described["paths"]
    assert "/ims/token/v3" in described["paths"]
    assert set(described["components"]["securitySchemes"]) == {"bearer", "apiKey", "organization"}


@pytest.mark.django_db
def test_the_page_runs_no_inline_script() -> None:
    response = Client().get("/api/docs")
    page = response.content.decode()
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert not re.search(r"<script(?![^>]*src=)[^>]*>", page)
    (script,) = re.findall(r'<script src="(/api/docs[^"]*)"', page)
    assert (
        Client()
        .get(script.replace("&amp;", "&"))["Content-Type"]
        .startswith("application/javascript")
    )
    assert "cdn" not in page
