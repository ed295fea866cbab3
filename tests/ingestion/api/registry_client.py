"""The registry as a client sees it, and the resources of a small scenario."""

from typing import Any
from urllib.parse import quote

from tests.api_client import ApiClient

BASE = "/data/foundation/schemaregistry"
XED = "application/vnd.adobe.xed+json"
FULL = "application/vnd.adobe.xed-full+json; version=1"
IDS = "application/vnd.adobe.xed-id+json"
NS = "https://ns.adobe.com/"
PROFILE = f"{NS}xdm/context/profile"
EVENT = f"{NS}xdm/context/experienceevent"
PERSON_DETAILS = f"{NS}xdm/context/profile-person-details"
IDENTITY_MAP = f"{NS}xdm/context/identitymap"

Raw = dict[str, Any]


class Registry:
    """Short words for the calls of the registry."""

    def __init__(self, api: ApiClient) -> None:
        self.api = api
        self.tenant: str = api.get(f"{BASE}/stats").json()["tenantId"]
        self.field = f"_{self.tenant}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent: dict[str, str | None] = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.api.request(method, f"{BASE}/{path}", body, headers=sent)

    def get(self, path: str, accept: str = XED) -> Any:
        return self.call("GET", path, accept=accept)

    def read(self, uri: str, kind: str, accept: str = XED) -> Raw:
        response = self.get(f"tenant/{kind}/{quote(uri, safe='')}", accept)
        assert response.status_code == 200, response.content
        document: Raw = response.json()
        return document

    def create(self, kind: str, body: Raw) -> Raw:
        response = self.call("POST", f"tenant/{kind}", body)
        assert response.status_code == 201, response.content
        document: Raw = response.json()
        return document

    def patch(self, kind: str, uri: str, *operations: Raw, **headers: str) -> Any:
        path = f"tenant/{kind}/{quote(uri, safe='')}"
        return self.call("PATCH", path, list(operations), **headers)

    def delete(self, kind: str, uri: str) -> Any:
        return self.call("DELETE", f"tenant/{kind}/{quote(uri, safe='')}")

    def group(self, title: str = "Loyalty extra", **fields: Any) -> Raw:
        """A field group of the profile class."""
        return self.create("mixins", self.group_body(title, **fields))

    def group_body(self, title: str, *, intended: str = PROFILE, **fields: Any) -> Raw:
        own = {"type": "object", "properties": fields or loyalty_fields()}
        definition = {"type": "object", "properties": {self.field: own}}
        return {
            "title": title,
            "description": "points",
            "type": "object",
            "meta:intendedToExtend": [intended],
            "definitions": {"loyalty": definition},
            "allOf": [{"$ref": "#/definitions/loyalty"}],
        }

    def schema(
        self,
        *groups: Raw,
        title: str = "Loyalty member",
        class_uri: str = PROFILE,
        union: bool = False,
        **more: Any,
    ) -> Raw:
        """A schema of the class with these field groups, part of Profile when `union`."""
        refs = [class_uri, *(group["$id"] for group in groups)]
        body = {"title": title, "type": "object", "allOf": [{"$ref": ref} for ref in refs], **more}
        if union:
            body["meta:immutableTags"] = ["union"]
        return self.create("schemas", body)

    def identity(self, schema: Raw, name: str = "loyaltyID", **more: Any) -> Any:
        """The answer to an identity descriptor at a tenant field."""
        body = {
            "@type": "xdm:descriptorIdentity",
            "xdm:sourceSchema": schema["$id"],
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": f"/{self.field}/{name}",
            "xdm:namespace": "Email",
            "xdm:property": "xdm:code",
            "xdm:isPrimary": True,
            **more,
        }
        return self.call("POST", "tenant/descriptors", body)


def loyalty_fields() -> Raw:
    return {
        "loyaltyID": {"title": "Loyalty id", "type": "string", "format": "email"},
        "points": {"title": "Points", "type": "integer", "meta:xdmType": "int", "minimum": 0},
        "tier": {"title": "Tier", "type": "string", "enum": ["silver", "gold"]},
    }


def refused(response: Any, code: str) -> Raw:
    """The body of a refusal with this code, whose shape is checked."""
    status = int(code.rpartition("-")[2])
    body: Raw = response.json()
    assert (response.status_code, body["type"]) == (
        status,
        f"http://ns.adobe.com/aep/errors/{code}",
    ), body
    assert set(body) == {"type", "title", "status", "report", "detail"}
    assert body["status"] == status
    report = body["report"]
    assert set(report) == {"registryRequestId", "timestamp", "detailed-message", "sub-errors"}
    assert report["detailed-message"] == body["detail"]
    assert response["x-request-id"] == report["registryRequestId"]
    return body
