"""Connections, flows and inlets as the API makes them."""

from typing import Any

from ingestion.connections.specs import DATA_LAKE, FLOW_WITHOUT_TRANSFORMATION, HTTP_API
from tests.api_client import ApiClient

FLOW_SERVICE = "/data/foundation/flowservice"


def connection_body(name: str = "Acme stream", **params: Any) -> dict[str, Any]:
    """The base connection today's clients create."""
    return {
        "name": name,
        "description": "clickstream",
        "connectionSpec": {"id": HTTP_API, "version": "1.0"},
        "auth": {
            "specName": "Streaming Connection",
            "params": {"dataType": "xdm", "name": name, **params},
        },
    }


def source_body(connection_id: str) -> dict[str, Any]:
    return {
        "name": "s",
        "baseConnectionId": connection_id,
        "connectionSpec": {"id": HTTP_API, "version": "1.0"},
        "data": {"format": "json"},
    }


def target_body(dataset_id: str, schema_uri: str) -> dict[str, Any]:
    content_type = "application/vnd.adobe.xed-full+json;version=1.0"
    return {
        "name": "t",
        "data": {
            "format": "parquet_xdm",
            "schema": {"id": schema_uri, "version": content_type},
        },
        "params": {"dataSetId": dataset_id},
        "connectionSpec": {"id": DATA_LAKE, "version": "1.0"},
    }


def flow_body(source_id: str, target_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "f",
        "flowSpec": {"id": FLOW_WITHOUT_TRANSFORMATION, "version": "1.0"},
        "sourceConnectionIds": [source_id],
        "targetConnectionIds": [target_id],
        **changes,
    }


def created(api: ApiClient, kind: str, body: dict[str, Any]) -> str:
    """Id of the object this body made."""
    response = api.post(f"{FLOW_SERVICE}/{kind}", body)
    assert response.status_code == 201, response.content
    assert response.json()["etag"] == response["ETag"]
    return str(response.json()["id"])
