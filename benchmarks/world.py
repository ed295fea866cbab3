"""The world of benchmarks and crash runs: members and events of a shop, made by the public APIs.

Plain linking, as a new sandbox has it: no linking rules. Messages are filled into templates whose
length never changes, so that a request costs one formatting and no JSON encoder.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.load import poster
from console.demo.client import Client

_REGISTRY = "/data/foundation/schemaregistry/tenant"
_XDM = "https://ns.adobe.com/xdm"
_CONTENT_TYPE = "application/vnd.adobe.xed-full+json;version=1"
_HTTP_SPEC = {"id": "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb", "version": "1.0"}
_TAGS = {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]}

EVENT_SHARE = 0.75
NEWCOMER_SHARE = 0.1
SIGNED_IN_SHARE = 0.4
PAGE = "https://shop.example/catalogue/outdoor/jackets?campaign=spring-launch-2026&position=3"


@dataclass(frozen=True, slots=True)
class World:
    """Where messages go, and templates of them: see `member` and `event`."""

    inlet_url: str
    tenant: str
    member_template: bytes
    visit_template: bytes
    signed_in_template: bytes

    @property
    def batch_url(self) -> str:
        """Address of the inlet's batch endpoint."""
        base, _, inlet = self.inlet_url.rpartition("/")
        return f"{base}/batch/{inlet}"

    def member(self, number: int, *, points: int) -> bytes:
        """The record of a member."""
        return self.member_template % (number, points, number, number % 10_000)

    def visit(self, event_id: int, person: int) -> bytes:
        """A page view of somebody known by a device only."""
        return self.visit_template % (event_id, timestamp(), person)

    def purchase(self, event_id: int, person: int) -> bytes:
        """A purchase of a signed-in member: device and member number come together."""
        return self.signed_in_template % (event_id, timestamp(), person, person)


def member_id(number: int) -> str:
    """A member's number as records carry it."""
    return f"M{number:09d}"


def timestamp() -> bytes:
    """Now, as events write it."""
    now = time.time()
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return f"{text}.{int(now * 1000) % 1000:03d}Z".encode()


def make_messages(
    world: World, *, people: int, seed: int, first_event: int | None = None
) -> Iterator[bytes]:
    """An endless mix: three events to one member record, a tenth of them of somebody new."""
    source = random.Random(seed)
    chance, pick = source.random, source.randrange
    # Numbers of events never repeat, from run to run either.
    event_id = time.time_ns() // 1000 if first_event is None else first_event
    newest = people
    while True:
        event_id += 1
        if chance() < NEWCOMER_SHARE:
            newest += 1
            person = newest
        else:
            person = pick(people)
        if chance() >= EVENT_SHARE:
            yield world.member(person, points=event_id % 100_000)
        elif chance() < SIGNED_IN_SHARE:
            yield world.purchase(event_id, person)
        else:
            yield world.visit(event_id, person)


def make_requests(world: World, messages: Iterator[bytes], *, size: int) -> Iterator[bytes]:
    """Requests of `size` messages each; one message: the single endpoint."""
    if size == 1:
        yield from map(poster(world.inlet_url), messages)
    post = poster(world.batch_url)
    while True:
        batch = b",".join(next(messages) for _ in range(size))
        yield post(b'{"messages":[' + batch + b"]}")


def create_world(client: Client, *, tenant: str, name: str = "Bench") -> World:
    """Create namespace, schemas, identities, datasets and a streaming connection."""
    client.post(
        "/data/core/idnamespace/identities",
        {"name": f"{name} member", "code": "Member", "idType": "CROSS_DEVICE"},
    )
    members = _target(
        client,
        f"{name} members",
        [
            f"{_XDM}/context/profile",
            f"{_XDM}/context/profile-person-details",
            f"{_XDM}/context/profile-personal-details",
            _field_group(client, tenant, name),
        ],
        {f"/_{tenant}/memberId": ("Member", True), "/personalEmail/address": ("Email", False)},
    )
    events = _target(
        client,
        f"{name} events",
        [
            f"{_XDM}/context/experienceevent",
            f"{_XDM}/context/identitymap",
            f"{_XDM}/context/experienceevent-web",
            f"{_XDM}/context/experienceevent-commerce",
        ],
        {},
    )
    return World(
        _connection(client, name),
        tenant,
        _template(client, members, _member(tenant)),
        _template(client, events, _event({"web": _web()})),
        _template(client, events, _event(_purchase(), signed_in=True)),
    )


def _field_group(client: Client, tenant: str, name: str) -> str:
    fields = {
        "memberId": {"title": "Member number", "type": "string"},
        "tier": {"title": "Tier", "type": "string", "enum": ["bronze", "silver", "gold"]},
        "points": {"title": "Points", "type": "integer", "meta:xdmType": "int", "minimum": 0},
    }
    tree = {f"_{tenant}": {"type": "object", "properties": fields}}
    body = {
        "title": f"{name} membership",
        "type": "object",
        "meta:intendedToExtend": [f"{_XDM}/context/profile"],
        "definitions": {"own": {"type": "object", "properties": tree}},
        "allOf": [{"$ref": "#/definitions/own"}],
    }
    return str(client.post(f"{_REGISTRY}/fieldgroups", body)["$id"])


def _target(
    client: Client, title: str, parts: list[str], identities: dict[str, tuple[str, bool]]
) -> tuple[str, str]:
    """Schema id and dataset id."""
    body = {
        "title": title,
        "type": "object",
        "allOf": [{"$ref": part} for part in parts],
        "meta:immutableTags": ["union"],
    }
    schema = str(client.post(f"{_REGISTRY}/schemas", body)["$id"])
    for path, (namespace, is_primary) in identities.items():
        descriptor = {
            "@type": "xdm:descriptorIdentity",
            "xdm:sourceSchema": schema,
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": path,
            "xdm:namespace": namespace,
            "xdm:property": "xdm:code",
            "xdm:isPrimary": is_primary,
        }
        client.post(f"{_REGISTRY}/descriptors", descriptor)
    dataset = {
        "name": title,
        "schemaRef": {"id": schema, "contentType": _CONTENT_TYPE},
        "tags": _TAGS,
    }
    (reference,) = client.post("/data/foundation/catalog/dataSets", dataset)
    return schema, reference.rpartition("/")[2]


def _connection(client: Client, name: str) -> str:
    base = "/data/foundation/flowservice/connections"
    parameters = {"sourceId": name.lower(), "dataType": "xdm", "name": name.lower()}
    body = {
        "name": f"{name} stream",
        "connectionSpec": _HTTP_SPEC,
        "auth": {"specName": "Streaming Connection", "params": parameters},
    }
    created = client.post(base, body)["id"]
    return str(client.get(f"{base}/{created}")["items"][0]["auth"]["params"]["inletUrl"])


def _template(client: Client, target: tuple[str, str], entity: dict[str, Any]) -> bytes:
    schema, dataset = target
    reference = {"id": schema, "contentType": _CONTENT_TYPE}
    organization = client.headers["x-gw-ims-org-id"]
    head = {"schemaRef": reference, "imsOrgId": organization, "datasetId": dataset}
    message = {
        "header": head,
        "body": {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity},
    }
    text = orjson.dumps(message).replace(b"%", b"%%")
    for hole, form in _HOLES.items():
        text = text.replace(hole, form)
    return text


_HOLES = {
    b"<member>": b"M%09d",
    b'"<points>"': b"%d",
    b"<mail>": b"m%09d@mail.example",
    b"<street>": b"%04d",
    b"<event>": b"%020d",
    b"<time>": b"%b",
    b"<device>": b"70000000000000000000000000000%09d",
}


def _member(tenant: str) -> dict[str, Any]:
    return {
        f"_{tenant}": {"memberId": "<member>", "tier": "silver", "points": "<points>"},
        "personalEmail": {"address": "<mail>", "primary": True, "type": "personal"},
        "person": {
            "name": {"firstName": "Marguerite", "lastName": "Lindqvist"},
            "birthDate": "1984-06-17",
            "gender": "female",
        },
        "homeAddress": {
            "street1": "Long Harbour Street <street>",
            "city": "Helsinki",
            "postalCode": "00180",
            "countryCode": "FI",
        },
    }


def _event(activity: dict[str, Any], *, signed_in: bool = False) -> dict[str, Any]:
    event = {"_id": "<event>", "timestamp": "<time>", "eventType": _kind(activity)}
    identities: dict[str, Any] = {"ECID": [{"id": "<device>", "primary": not signed_in}]}
    if signed_in:
        identities["Member"] = [
            {"id": "<member>", "primary": True, "authenticatedState": "authenticated"}
        ]
    return {**event, "identityMap": identities, **activity}


def _kind(activity: dict[str, Any]) -> str:
    return "commerce.purchases" if "commerce" in activity else "web.webpagedetails.pageViews"


def _web() -> dict[str, Any]:
    page = {"name": "catalogue:outdoor:jackets", "URL": PAGE, "pageViews": {"value": 1}}
    return {"webPageDetails": page}


def _purchase() -> dict[str, Any]:
    order = {"purchaseID": "P-2026-00017", "priceTotal": 278.5, "currencyCode": "EUR"}
    line = {"SKU": "SKU-101", "name": "Rain jacket", "quantity": 1, "priceTotal": 278.5}
    return {"commerce": {"purchases": {"value": 1}, "order": order}, "productListItems": [line]}
