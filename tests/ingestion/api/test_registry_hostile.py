"""Whatever a program sends, the registry answers with a reason and never with a crash."""

import random
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest

from tests.api_client import ApiClient
from tests.ingestion.api.registry_client import BASE, PROFILE, XED, Registry

pytestmark = pytest.mark.django_db

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e30,
    2**63,
    1.5,
    "",
    "x",
    "#/definitions/loyalty",
    PROFILE,
    [],
    ["x"],
    [None],
    {},
    {"$ref": 7},
    {"$ref": "#"},
    {"$ref": "#/definitions/loyalty"},
    {"$ref": f"{PROFILE}#/nowhere"},
    {"type": ["string", "null"]},
    {"properties": []},
    {"allOf": {}},
    {"items": []},
)
KEYS = (
    *("title", "description", "type", "definitions", "allOf", "properties", "required", "items"),
    *("meta:intendedToExtend", "meta:immutableTags", "meta:extends", "meta:class", "meta:xdmType"),
    *("additionalProperties", "enum", "meta:enum", "format", "pattern", "minimum", "maxLength"),
    *("$id", "$ref", "version", "meta:status", "meta:registryMetadata", "refs"),
)


@pytest.fixture
def registry(api: ApiClient) -> Registry:
    return Registry(api)


def disturbed(body: Any, chance: random.Random) -> Any:
    """The body with one value somewhere replaced or one keyword added."""
    node = body
    while isinstance(node, dict) and node and chance.random() < 0.7:
        below = node[chance.choice(list(node))]
        if not isinstance(below, dict):
            break
        node = below
    node[chance.choice((*KEYS, *node))] = deepcopy(chance.choice(VALUES))
    return body


@pytest.mark.parametrize("kind", ["mixins", "schemas", "classes", "datatypes"])
def test_disturbed_resources_are_stored_or_refused(registry: Registry, kind: str) -> None:
    chance = random.Random(kind)
    for number in range(120):
        body = registry.group_body(f"Disturbed {number}")
        if kind == "schemas":
            body["allOf"].insert(0, {"$ref": PROFILE})
        if kind == "classes":
            body["allOf"].insert(0, {"$ref": "https://ns.adobe.com/xdm/data/record"})
        body = disturbed(disturbed(body, chance), chance)
        response = registry.call("POST", f"tenant/{kind}", body)
        assert response.status_code in (201, 400), body
        if response.status_code == 201:
            uri = quote(response.json()["$id"], safe="")
            for form in ("xed", "xed-full", "xdm-full-flat", "xed-notext"):
                read = registry.get(f"tenant/{kind}/{uri}", f"application/vnd.adobe.{form}+json")
                assert read.status_code == 200, body


def test_disturbed_patches_are_applied_or_refused(registry: Registry) -> None:
    chance = random.Random(7)
    uri = registry.group()["$id"]
    for _ in range(120):
        path = "/".join(["", *(chance.choice((*KEYS, "0", "-", "")) for _ in range(2))])
        name = chance.choice(("add", "replace", "remove", "move", "copy", "test"))
        operation = {"op": name, "path": path, "from": "/title", "value": chance.choice(VALUES)}
        assert registry.patch("mixins", uri, operation).status_code in (200, 400), operation


def test_disturbed_descriptors_are_stored_or_refused(registry: Registry) -> None:
    chance = random.Random(7)
    schema = registry.schema(registry.group())
    keys = ("@type", "xdm:sourceSchema", "xdm:sourceProperty", "xdm:namespace", "xdm:property")
    for _ in range(80):
        change = {chance.choice((*keys, "xdm:isPrimary")): chance.choice(VALUES)}
        assert registry.identity(schema, **change).status_code in (201, 400), change


@pytest.mark.parametrize(
    "body", [{"title": "a\x00b"}, {"a\x00": 1}, {"title": "x", "definitions": {"a": ["\x00"]}}]
)
def test_zero_characters_are_refused(registry: Registry, body: Any) -> None:
    assert registry.call("POST", "tenant/schemas", body).status_code == 400
    assert registry.call("POST", "rpc/import", [body]).status_code == 400
    assert registry.call("POST", "tenant/descriptors", body).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "tenant/schemas/%00",
        "tenant/schemas?property=title==%00",
        "tenant/schemas?property=%00",
        "tenant/schemas?start=%00&orderby=title",
        "tenant/schemas?orderby=%00",
        "tenant/descriptors/%00",
        "rpc/auditlog/%00",
    ],
)
def test_zero_characters_in_addresses_are_refused(registry: Registry, path: str) -> None:
    assert registry.get(path).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "property===",
        "property=",
        "property=,,,",
        "property=updated==x",
        "property=updated>99999999999999999999999",
        "property=created",
        "property=$id==x",
        "property=document__title==x",
        "orderby=,,",
        "orderby=-",
        "orderby=document__title",
        "orderby=order0",
        "orderby=title,title,-title",
        "start=x",
        "start=99999999999999999999999999",
        "orderby=version&start=x",
        "property=%27%22;--",
    ],
)
def test_odd_queries_are_answered(registry: Registry, query: str) -> None:
    registry.schema(title="A")
    for path in ("tenant/schemas", "global/classes", "tenant/descriptors", "tenant/unions"):
        assert registry.get(f"{path}?{query}", XED).status_code in (200, 400), path


@pytest.mark.parametrize("opener", ['{"a":', "["])
def test_bottomless_bodies_are_refused(registry: Registry, opener: str) -> None:
    closer = "}" if opener.startswith("{") else "]"
    for depth in (200, 900, 5000):
        body = (opener * depth + "1" + closer * depth).encode()
        assert registry.api.post(f"{BASE}/tenant/schemas", body).status_code == 400
        assert registry.api.patch(f"{BASE}/tenant/schemas/x", body).status_code in (400, 404)
