"""What connections and flows must be like, and what they may refer to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import get_dataset
from ingestion.connections.errors import refusal
from ingestion.connections.models import FlowObject
from ingestion.connections.queries import dataset_of
from ingestion.connections.specs import CONNECTION_SPECS, DATA_TYPES, FLOW_SPECS
from ingestion.connections.types import InletInput

Document = Mapping[str, Any]
_KIND = FlowObject.Kind
_LONGEST_NAME = 300


def check_name(name: str) -> None:
    """Names are texts of a sensible length."""
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise refusal("1402", "name needs 1 to 300 characters", path="name", received=name)


def check_inlet(given: InletInput) -> None:
    """Refuse an inlet whose fields have the wrong type or an unknown data type."""
    for name, value, kind in (
        ("name", given.name, str),
        ("description", given.description, str),
        ("sourceId", given.source_id, str),
        ("authenticationRequired", given.authentication_required, bool),
    ):
        if not isinstance(value, kind):
            raise refusal("1402", f"{name} has the wrong type", path=name, received=value)
    check_name(given.name)
    if len(given.source_id) > _LONGEST_NAME:
        raise refusal("1402", "sourceId is too long", path="sourceId")
    if given.data_type not in DATA_TYPES:
        known = " or ".join(DATA_TYPES)
        raise refusal(
            "1402", f"dataType must be {known}", path="dataType", received=given.data_type
        )


def spec_of(kind: str, document: Document) -> str:
    """Id of the specification an object names; raises when it is none of ours."""
    key, known = (
        ("flowSpec", FLOW_SPECS) if kind == _KIND.FLOW else ("connectionSpec", CONNECTION_SPECS)
    )
    given = document.get(key)
    spec_id = given.get("id") if isinstance(given, Mapping) else None
    if not isinstance(spec_id, str) or spec_id not in known:
        raise refusal("1413", f"{key}.id is invalid", path=f"{key}.id", received=spec_id)
    return spec_id


def references(kind: str, document: Document) -> Sequence[tuple[str, str]]:
    """(kind, id) of the objects a document names."""
    match kind:
        case _KIND.SOURCE:
            base = document.get("baseConnectionId")
            return [] if base is None else [(_KIND.CONNECTION, str(base))]
        case _KIND.FLOW:
            sources = _ids(document, "sourceConnectionIds")
            targets = _ids(document, "targetConnectionIds")
            return [(_KIND.SOURCE, i) for i in sources] + [(_KIND.TARGET, i) for i in targets]
        case _:
            return []


def _ids(document: Document, name: str) -> list[str]:
    value = document.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(i, str) for i in value):
        raise refusal("1402", f"{name} must be a list of ids", path=name, received=value)
    return value


def check_document(sandbox: Sandbox, kind: str, document: Document) -> None:
    """Refuse a document that cannot work; what it refers to is locked already."""
    spec_of(kind, document)
    if kind == _KIND.TARGET:
        _check_target(sandbox, document)
    elif kind == _KIND.FLOW:
        _check_flow(document)


def _check_target(sandbox: Sandbox, document: Document) -> None:
    dataset_id = dataset_of(document)
    if not dataset_id:
        return
    dataset = _dataset(sandbox, dataset_id)
    data = document.get("data")
    schema = data.get("schema") if isinstance(data, Mapping) else None
    given = schema.get("id") if isinstance(schema, Mapping) else None
    if given is not None and given != dataset.schema_uri:
        raise refusal(
            "1425",
            "The schema of the target is not the schema of its dataset",
            path="data.schema.id",
            received=given,
            expected=dataset.schema_uri,
        )


def _dataset(sandbox: Sandbox, dataset_id: str) -> Dataset:
    try:
        return get_dataset(sandbox=sandbox, dataset_id=dataset_id)
    except NotFound as error:
        raise refusal(
            "1402", error.message, path="params.dataSetId", received=dataset_id
        ) from error


def _check_flow(document: Document) -> None:
    transformations = document.get("transformations") or []
    if not isinstance(transformations, list):
        raise refusal("1402", "transformations must be a list", path="transformations")
    for step in transformations:
        params = step.get("params") if isinstance(step, Mapping) else None
        if not isinstance(params, Mapping) or not isinstance(params.get("mappingId"), str):
            raise refusal("1419", "A transformation needs params.mappingId", path="transformations")
        if not str(params.get("mappingVersion", 0)).isdigit():
            raise refusal(
                "1412",
                "mappingVersion is invalid",
                path="transformations.params.mappingVersion",
                received=params.get("mappingVersion"),
            )


def flows_using(sandbox: Sandbox, stored: FlowObject) -> list[str]:
    """Ids of flows that read from or write to the object, directly or through a source."""
    match stored.kind:
        case _KIND.CONNECTION:
            sources = FlowObject.objects.filter(
                sandbox=sandbox,
                kind=_KIND.SOURCE,
                document__contains={"baseConnectionId": str(stored.pk)},
            )
            ids = [str(pk) for pk in sources.values_list("pk", flat=True)]
            return _flows_naming(sandbox, "sourceConnectionIds", ids)
        case _KIND.SOURCE:
            return _flows_naming(sandbox, "sourceConnectionIds", [str(stored.pk)])
        case _KIND.TARGET:
            return _flows_naming(sandbox, "targetConnectionIds", [str(stored.pk)])
        case _:
            return []


def _flows_naming(sandbox: Sandbox, field: str, ids: Iterable[str]) -> list[str]:
    wanted = set(ids)
    if not wanted:
        return []
    flows = FlowObject.objects.filter(sandbox=sandbox, kind=_KIND.FLOW)
    rows = flows.values_list("pk", "document")
    return [str(pk) for pk, document in rows if wanted & set(document.get(field, ()))]
