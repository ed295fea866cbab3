"""The profile-integration scenario of the ISV collection, call by call, over real HTTP.

Steps 10 and 11 load a batch file: they come with the data lake. The others are here in order.
"""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import psycopg
import pytest

from core.launcher.testing import Product

REGISTRY = "/data/foundation/schemaregistry"
XDM = "https://ns.adobe.com/xdm/context"
MEMBER = {
    "person": {
        "name": {"firstName": "Timi", "lastName": "Scrowby", "middleName": ""},
        "birthDate": "1979-03-06",
        "gender": "male",
    },
    "personalEmail": {"primary": False, "address": "timi@example.org", "type": "personal"},
}


class Scenario:
    """The collection's environment: what one call leaves for the next."""

    def __init__(self, product: Product, http: httpx.Client) -> None:
        self.product = product
        self.http = http
        environ = product.client_environ()
        self.org, self.client_id = environ["IMS_ORG"], environ["API_KEY"]
        self.secret = environ["CLIENT_SECRET"]
        self.token = self.exchange_jwt()
        headers = {
            "Authorization": f"bearer {self.token}",
            "x-api-key": self.client_id,
            "x-gw-ims-org-id": self.org,
            "Accept": "application/vnd.adobe.xed+json",
        }
        self.http.headers.update(headers)

    def exchange_jwt(self) -> str:
        """Step 1: the legacy service account, sent as multipart form data."""
        with psycopg.connect(self.product.database_url) as connection:
            row = connection.execute("SELECT technical_account FROM core_apicredential").fetchone()
        assert row is not None
        key = (self.product.config.var / "secrets" / "service_account_key").read_text()
        claims = {
            "exp": int(time.time()) + 600,
            "iss": self.org,
            "sub": row[0],
            "aud": f"https://ims.example/c/{self.client_id}",
            "https://ims.example/s/ent_dataservices_sdk": True,
        }
        fields = {
            "client_id": self.client_id,
            "client_secret": self.secret,
            "jwt_token": jwt.encode(claims, key, algorithm="RS256"),
        }
        answer = self.http.post(
            "/ims/exchange/jwt/", files={name: (None, value) for name, value in fields.items()}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["expires_in"] > 80_000_000
        token: str = answer.json()["access_token"]
        return token

    def post(self, path: str, body: Any, expected: int = 201) -> Any:
        """POST JSON; the parsed answer."""
        answer = self.http.post(path, json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def field_group(self, title: str, class_uri: str, tenant: str, **fields: Any) -> str:
        """Create a field group with these fields under the tenant's object."""
        own = {"type": "object", "properties": fields}
        custom = {"type": "object", "properties": {f"_{tenant}": own}}
        uri: str = self.post(
            f"{REGISTRY}/tenant/mixins/",
            {
                "type": "object",
                "title": title,
                "description": "",
                "meta:intendedToExtend": [class_uri],
                "definitions": {"loyalty": custom},
                "allOf": [{"$ref": "#/definitions/loyalty"}],
            },
        )["$id"]
        assert "/mixins/" in uri
        return uri

    def schema(self, title: str, *parts: str) -> str:
        """Create a schema that carries the union tag before any identity exists."""
        body = {
            "type": "object",
            "title": title,
            "description": "",
            "allOf": [{"$ref": part} for part in parts],
            "meta:immutableTags": ["union"],
        }
        uri: str = self.post(f"{REGISTRY}/tenant/schemas/", body)["$id"]
        return uri

    def identify(self, schema: str, path: str) -> None:
        """Mark a field as primary identity, namespace Email."""
        descriptor = self.post(
            f"{REGISTRY}/tenant/descriptors",
            {
                "@type": "xdm:descriptorIdentity",
                "xdm:sourceProperty": path,
                "xdm:property": "xdm:code",
                "xdm:isPrimary": True,
                "xdm:namespace": "Email",
                "xdm:sourceSchema": schema,
                "xdm:sourceVersion": 1,
            },
        )
        assert descriptor["@id"]

    def dataset(self, name: str, schema: str) -> str:
        """Create a dataset that feeds profile and identity."""
        (reference,) = self.post(
            "/data/foundation/catalog/datasets",
            {
                "name": name,
                "schemaRef": {
                    "id": schema,
                    "contentType": "application/vnd.adobe.xed-full+json;version=1",
                },
                "fileDescription": {
                    "persisted": True,
                    "containerFormat": "parquet",
                    "format": "parquet",
                },
                "tags": {"unifiedProfile": ["enabled:true"], "unifiedIdentity": ["enabled:true"]},
            },
        )
        assert reference.startswith("@/dataSets/")
        return str(reference.removeprefix("@/dataSets/"))

    def stream(self, inlet_url: str, dataset: str, schema: str, entity: dict[str, Any]) -> None:
        """Send one record with synchronous validation; it must pass."""
        reference = {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}
        message = {
            "header": {
                "schemaRef": reference,
                "imsOrgId": self.org,
                "datasetId": dataset,
                "source": {"name": "AcmeIngest"},
            },
            "body": {"xdmMeta": {"schemaRef": reference}, "xdmEntity": entity},
        }
        answer = httpx.post(f"{inlet_url}?synchronousValidation=true", json=message)
        assert answer.status_code == 200, answer.text
        assert answer.json()["synchronousValidation"]["status"] == "pass"

    def entities(self, **parameters: str) -> Any:
        """Look up, as soon as there is something: what was accepted is merged in the background."""
        deadline = time.monotonic() + 30
        while True:
            answer = self.http.get("/data/core/ups/access/entities", params=parameters)
            found = answer.is_success and answer.json().get("children") != []
            if found or time.monotonic() > deadline:
                assert found, answer.text
                return answer.json()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def scenario(product: Product) -> Iterator[Scenario]:
    with httpx.Client(base_url=product.url, timeout=30) as http:
        yield Scenario(product, http)


def test_the_scenario_runs_from_the_first_call_to_the_last(  # noqa: PLR0915 - a script
    scenario: Scenario,
) -> None:
    # 2 the tenant
    stats = scenario.http.get(f"{REGISTRY}/stats", headers={"Accept": "*/*"}).json()
    tenant = stats["tenantId"]

    # 3 the inlet
    inlet = scenario.post(
        "/data/core/edge/inlet",
        {
            "name": "Acme streaming",
            "description": "Inlet for the loyalty feed",
            "sourceId": "AcmeIngest",
            "dataType": "xdm",
            "authenticationRequired": False,
        },
    )
    assert {"inletId", "inletUrl", "sourceId"} <= inlet.keys()

    # 4 event types
    for code in ("loyaltyBalanceUpdate", "loyaltyLevelUpdate"):
        answer = scenario.http.post(
            "/data/core/ups/config/eventTypes",
            content=json.dumps({"id": code, "imsOrgId": scenario.org, "title": code}),
        )
        assert answer.is_success, answer.text
    assert scenario.http.get("/data/core/ups/config/eventTypes").is_success

    # 5 to 7 field groups, schemas, identities
    email = {"title": "Loyalty id", "type": "string", "format": "email"}
    number = {"title": "Points", "type": "integer"}
    level = {"title": "Level", "type": "string"}
    profile_group = scenario.field_group(
        "Profile loyalty",
        f"{XDM}/profile",
        tenant,
        loyaltyID=email,
        totalLoyaltyPoints=number,
        loyaltyLevel=level,
    )
    event_group = scenario.field_group(
        "Event loyalty",
        f"{XDM}/experienceevent",
        tenant,
        loyaltyID=email,
        pointsEarned=number,
        totalPoints=number,
        loyaltyLevel=level,
    )
    profile_schema = scenario.schema(
        "Loyalty profiles",
        f"{XDM}/profile",
        f"{XDM}/profile-person-details",
        f"{XDM}/profile-personal-details",
        profile_group,
    )
    event_schema = scenario.schema("Loyalty events", f"{XDM}/experienceevent", event_group)
    scenario.identify(profile_schema, f"/_{tenant}/loyaltyID")
    scenario.identify(event_schema, f"/_{tenant}/loyaltyID")

    # 8 datasets
    profile_dataset = scenario.dataset("Loyalty profiles", profile_schema)
    event_dataset = scenario.dataset("Loyalty events", event_schema)

    # 9 stream a profile record, then an event
    who = "timi@example.org"
    custom = {"loyaltyID": who, "totalLoyaltyPoints": 241_450, "loyaltyLevel": "Platinum"}
    scenario.stream(
        inlet["inletUrl"], profile_dataset, profile_schema, MEMBER | {f"_{tenant}": custom}
    )
    event = {
        f"_{tenant}": {"loyaltyID": who, "pointsEarned": 800, "totalPoints": 211_050},
        "eventType": "loyaltyBalanceUpdate",
        "_id": f"{uuid.uuid4().int % 10**8}.5",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    scenario.stream(inlet["inletUrl"], event_dataset, event_schema, event)

    # 12 the merged profile, by a namespace written in lower case
    answer = scenario.entities(
        **{"schema.name": "_xdm.context.profile", "entityId": who, "entityIdNS": "email"}
    )
    (profile,) = answer.values()
    assert profile["entity"][f"_{tenant}"] == custom
    assert profile["entity"]["person"]["name"]["lastName"] == "Scrowby"

    # 13 the events, by entityId
    answer = scenario.entities(
        **{
            "schema.name": "_xdm.context.experienceevent",
            "relatedSchema.name": "_xdm.context.profile",
            "entityId": who,
            "entityIdNS": "email",
        }
    )
    assert [child["entityId"] for child in answer["children"]] == [event["_id"]]

    # 14 a schema in use stays; one that no dataset uses goes, with its field group
    spare_group = scenario.field_group("Spare group", f"{XDM}/profile", tenant, spare=level)
    spare = scenario.schema("Spare schema", f"{XDM}/profile", spare_group)
    for uri, kind in ((spare, "schemas"), (spare_group, "mixins")):
        path = f"{REGISTRY}/tenant/{kind}/{quote(uri, safe='')}"
        assert scenario.http.delete(path).status_code == 204
        accept = {"Accept": "application/vnd.adobe.xed+json; version=1"}
        assert scenario.http.get(path, headers=accept).status_code == 404
    used = f"{REGISTRY}/tenant/schemas/{quote(profile_schema, safe='')}"
    assert scenario.http.delete(used).status_code == 400
