"""The fixed connection and flow specifications: what this installation can run (pure data)."""

from typing import Any

Spec = dict[str, Any]

STREAMING_PROVIDER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
HTTP_API = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb"
DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
PROFILE_STORE = "8a9c3494-9708-43d7-ae3f-cda01e5030e1"
FLOW_WITH_TRANSFORMATION = "c1a19761-d2c7-4702-b9fa-fe91f0613e81"
FLOW_WITHOUT_TRANSFORMATION = "d8a6f005-7eaf-4153-983e-e8574508b877"
FLOW_OPTIONAL_TRANSFORMATION = "d69717ba-71b4-4313-b654-49f9cf126d7a"

AUTH_SPEC = "Streaming Connection"
DATA_TYPES = ("xdm", "raw")

_AUTH_PARAMS: Spec = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "description": "How records come in",
    "properties": {
        "sourceId": {"type": "string", "description": "Name of the source of the records"},
        "dataType": {"type": "string", "enum": list(DATA_TYPES)},
        "name": {"type": "string"},
        "authenticationRequired": {"type": "boolean", "default": False},
    },
}

CONNECTION_SPECS: dict[str, Spec] = {
    HTTP_API: {
        "id": HTTP_API,
        "name": "Streaming Connection",
        "providerId": STREAMING_PROVIDER,
        "version": "1.0",
        "authSpec": [
            {"name": AUTH_SPEC, "type": "Streaming_Connection", "spec": _AUTH_PARAMS},
        ],
        "sourceSpec": {"attributes": {"uiAttributes": {"isSource": True}}},
        "attributes": {
            "category": "streaming",
            "isSource": True,
            "uiAttributes": {"label": "HTTP API", "category": {"key": "streaming"}},
        },
        "permissionsInfo": {},
    },
    DATA_LAKE: {
        "id": DATA_LAKE,
        "name": "Data Lake",
        "providerId": STREAMING_PROVIDER,
        "version": "1.0",
        "authSpec": [],
        "sourceSpec": {},
        "targetSpec": {
            "name": "Data Lake",
            "type": "DataSet",
            "spec": {"type": "object", "properties": {"dataSetId": {"type": "string"}}},
        },
        "attributes": {"isTarget": True, "uiAttributes": {"label": "Data lake"}},
        "permissionsInfo": {},
    },
    PROFILE_STORE: {
        "id": PROFILE_STORE,
        "name": "Unified Profile Service",
        "providerId": STREAMING_PROVIDER,
        "version": "1.0",
        "authSpec": [],
        "sourceSpec": {},
        "attributes": {"isInternal": True, "uiAttributes": {"label": "Profile store"}},
        "permissionsInfo": {},
    },
}


def _flow_spec(spec_id: str, name: str, *, transformation: bool) -> Spec:
    steps = [{"name": "Mapping", "spec": {"type": "object"}}] if transformation else []
    return {
        "id": spec_id,
        "name": name,
        "providerId": STREAMING_PROVIDER,
        "version": "1.0",
        "sourceConnectionSpecIds": [HTTP_API],
        "targetConnectionSpecIds": [DATA_LAKE],
        "transformationSpec": steps,
        "attributes": {"isSourceFlow": True, "category": "streaming"},
        "permissionsInfo": {},
    }


FLOW_SPECS: dict[str, Spec] = {
    spec["id"]: spec
    for spec in (
        _flow_spec(
            FLOW_WITH_TRANSFORMATION, "Stream data with transformation", transformation=True
        ),
        _flow_spec(
            FLOW_WITHOUT_TRANSFORMATION, "Stream data without transformation", transformation=False
        ),
        _flow_spec(
            FLOW_OPTIONAL_TRANSFORMATION,
            "Stream data with optional transformation",
            transformation=True,
        ),
    )
}
