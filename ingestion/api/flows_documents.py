"""Flow Service objects between the wire and the connections slice."""

from collections.abc import Mapping
from typing import Any

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.connections.errors import refusal
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import inlet_url
from ingestion.connections.specs import AUTH_SPEC, CONNECTION_SPECS
from ingestion.connections.types import InletInput

Document = dict[str, Any]
_KIND = FlowObject.Kind
# Told by the platform: what a client says about them is ignored.
_READ_ONLY = frozenset(
    {
        "id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient",
        "sandboxId", "sandboxName", "imsOrgId", "version", "etag", "inheritedAttributes", "runs",
        "lastOperation", "lastRunDetails", "state",
    }
)  # fmt: skip


def parse_object(body: Any) -> Document:
    """The client's part of an object; raises for an empty body or one of another shape."""
    if body in ({}, None):
        raise refusal("1405", "The body is empty")
    if not isinstance(body, dict):
        raise refusal("1402", "The body must be a JSON object")
    return {name: value for name, value in body.items() if name not in _READ_ONLY}


def parse_name(document: Mapping[str, Any]) -> str:
    """The name of an object; whether it is a good one is the action's to say."""
    name = document.get("name")
    if not isinstance(name, str):
        raise refusal("1402", "name is required", path="name", received=name)
    return name


def parse_connection(document: Mapping[str, Any]) -> InletInput:
    """The inlet a base connection describes in `auth`."""
    name = parse_name(document)
    auth = document.get("auth") or {}
    if not isinstance(auth, Mapping) or auth.get("specName", AUTH_SPEC) != AUTH_SPEC:
        raise refusal(
            "1415", "auth.specName is unknown", path="auth.specName", expected=[AUTH_SPEC]
        )
    params = auth.get("params") or {}
    if not isinstance(params, Mapping):
        raise refusal("1402", "auth.params must be an object", path="auth.params")
    required = params.get("authenticationRequired", False)
    if isinstance(required, str) and required.lower() in {"true", "false"}:
        required = required.lower() == "true"
    return InletInput(
        name=name,
        description=document.get("description") or "",
        source_id=params.get("sourceId") or params.get("name") or name,
        data_type=params.get("dataType") or "xdm",
        authentication_required=required,
    )


def etag_of(stored: FlowObject) -> str:
    """The etag with its inner quotes, as bodies and headers carry it."""
    return f'"{stored.etag}"'


def reference(stored: FlowObject) -> Document:
    """What answers to writes say."""
    return {"id": str(stored.pk), "etag": etag_of(stored)}


def object_document(
    stored: FlowObject, sandbox: Sandbox, related: Mapping[str, FlowObject] | None = None
) -> Document:
    """An object as the API shows it; flows need their `related` connections by id."""
    document = {
        **stored.document,
        "id": str(stored.pk),
        "createdAt": stored.created_ms,
        "updatedAt": stored.updated_ms,
        "createdBy": stored.created_by,
        "updatedBy": stored.updated_by,
        "createdClient": stored.created_client,
        "updatedClient": stored.updated_client,
        "sandboxId": str(sandbox.uuid),
        "sandboxName": sandbox.name,
        "imsOrgId": sandbox.organization.ims_org_id,
        "name": stored.name,
        "description": stored.document.get("description") or "",
        "state": stored.state,
        "version": etag_of(stored),
        "etag": etag_of(stored),
    }
    match stored.kind:
        case _KIND.CONNECTION:
            inlet = find_inlet(stored)
            return document | ({"auth": _auth(inlet)} if inlet else {})
        case _KIND.SOURCE:
            return document | _inherited_by_source(stored, related or {})
        case _KIND.FLOW:
            return document | _flow_fields(stored, related or {})
        case _:
            return document


def find_inlet(stored: FlowObject) -> Inlet | None:
    """The inlet of a base connection (selected with it by the slice's queries)."""
    return getattr(stored, "inlet", None)


def _auth(inlet: Inlet) -> Document:
    return {
        "specName": AUTH_SPEC,
        "params": {
            "sourceId": inlet.source_id,
            "name": inlet.source_id,
            "dataType": inlet.data_type,
            "authenticationRequired": inlet.authentication_required,
            "inletId": inlet.inlet_id,
            "inletUrl": inlet_url(inlet.inlet_id),
        },
    }


def _inherited_by_source(stored: FlowObject, related: Mapping[str, FlowObject]) -> Document:
    base = related.get(str(stored.document.get("baseConnectionId")))
    if base is None:
        return {}
    return {"inheritedAttributes": {"baseConnection": _with_spec(base)}}


def _with_spec(stored: FlowObject) -> Document:
    spec = CONNECTION_SPECS.get(stored.spec_id, {})
    version = spec.get("version", "1.0")
    return {"id": str(stored.pk), "connectionSpec": {"id": stored.spec_id, "version": version}}


def _flow_fields(stored: FlowObject, related: Mapping[str, FlowObject]) -> Document:
    def find(name: str) -> list[FlowObject]:
        return [related[i] for i in stored.document.get(name, ()) if i in related]

    sources = []
    for source in find("sourceConnectionIds"):
        base = related.get(str(source.document.get("baseConnectionId")))
        below = {"baseConnection": _with_spec(base)} if base else {}
        sources.append(_with_spec(source) | below)
    return {
        "transformations": stored.document.get("transformations") or [],
        "inheritedAttributes": {
            "sourceConnections": sources,
            "targetConnections": [_with_spec(t) for t in find("targetConnectionIds")],
            "properties": {"isSourceFlow": True},
        },
        "runs": f"/flows/{stored.pk}/runs",
        "lastOperation": {
            "started": stored.updated_ms,
            "updated": stored.updated_ms,
            "percentCompleted": 100.0,
            "status": {"value": "finished", "errors": []},
            "operation": "enable" if stored.state == "enabled" else "disable",
            "ops": [],
        },
    }


def inlet_document(inlet: Inlet, sandbox: Sandbox) -> Document:
    """An inlet as the legacy API shows it."""
    return {
        "inletId": inlet.inlet_id,
        "imsOrg": sandbox.organization.ims_org_id,
        "sourceId": inlet.source_id,
        "dataType": inlet.data_type,
        "name": inlet.name,
        "description": inlet.description,
        "createdAt": clock.iso_ms(inlet.created_ms),
        "createdBy": inlet.created_by,
        "authenticationRequired": inlet.authentication_required,
        "validationRequired": True,
        "modifiedAt": clock.iso_ms(inlet.updated_ms),
        "modifiedBy": inlet.updated_by,
        "inletUrl": inlet_url(inlet.inlet_id),
    }
