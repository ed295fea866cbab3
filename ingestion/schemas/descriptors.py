"""Which descriptors may be written, and what each kind must say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.sandboxes.models import Sandbox
from ingestion.namespaces.models import IdentityNamespace
from ingestion.namespaces.queries import find_namespace
from ingestion.schemas import queries, usage
from ingestion.schemas.models import Descriptor
from ingestion.schemas.types import BreakingChangeRefused, Raw, ResourceInvalid
from ingestion.xdm import paths
from ingestion.xdm.types import Tree, xdm_type

IDENTITY = "xdm:descriptorIdentity"
MAX_PER_SANDBOX = 4000
_CARDINALITIES = ("M:1", "1:1", "1:0", "M:0")
_GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
_SERVER_OWNED = ("@id", "meta:containerId", "version", "imsOrg", "created", "updated")


@dataclass(frozen=True, slots=True)
class _Case:
    """What a rule looks at; rules fill defaults into the body."""

    body: Raw
    tree: Tree
    sandbox: Sandbox


def checked_descriptor(given: Any, *, sandbox: Sandbox, own_id: str = "") -> Raw:
    """The client's part of a descriptor; refuses what names nothing or breaks a rule."""
    if not isinstance(given, dict):
        raise ResourceInvalid("The body is not a descriptor: an object is expected.")
    body = {key: value for key, value in given.items() if key not in _SERVER_OWNED}
    kind = body.get("@type")
    if not isinstance(kind, str) or kind not in _RULES:
        raise ResourceInvalid(f"{kind} is not a type of descriptors.", path="@type")
    schema_uri = body.get("xdm:sourceSchema")
    resource = queries.find_resource(sandbox, schema_uri) if isinstance(schema_uri, str) else None
    if resource is None or resource["meta:resourceType"] != "schemas":
        raise ResourceInvalid(f"No schema with id {schema_uri}.", path="xdm:sourceSchema")
    body.setdefault("xdm:sourceVersion", 1)
    tree = queries.resolved(sandbox, resource)
    _check_paths(body, tree)
    _RULES[kind](_Case(body, tree, sandbox))
    if kind == IDENTITY:
        _check_siblings(body, sandbox, own_id=own_id)
    return body


def _check_paths(body: Raw, tree: Tree) -> None:
    source = body.get("xdm:sourceProperty")
    if source is None and body["@type"] == "xdm:descriptorTimeSeriesGranularity":
        return
    several = source if isinstance(source, list) else [source]
    for text in several:
        if not isinstance(text, str) or not text.startswith("/"):
            raise _refused("xdm:sourceProperty", f"{text} is not a path such as /a/b.")
        if paths.find_field(tree, paths.split_descriptor_path(text)) is None:
            raise _refused("xdm:sourceProperty", f"The schema has no field at {text}.")


def _refused(path: str, message: str) -> ResourceInvalid:
    return ResourceInvalid(message, path=path)


def _check_identity(case: _Case) -> None:
    body, source = case.body, case.body["xdm:sourceProperty"]
    path = paths.split_descriptor_path(source if isinstance(source, str) else "")
    node = paths.find_field(case.tree, path) or {}
    if not path or path == ("_id",) or xdm_type(node) != "string":
        raise _refused("xdm:sourceProperty", f"{source} cannot be an identity: not a text field.")
    # Answers and the compiler read booleans; some clients send them as text.
    primary = body.get("xdm:isPrimary", False)
    if isinstance(primary, str) and primary.lower() in ("true", "false"):
        primary = primary.lower() == "true"
    if not isinstance(primary, bool):
        raise _refused("xdm:isPrimary", "xdm:isPrimary is true or false.")
    body["xdm:isPrimary"] = primary
    body.setdefault("xdm:property", "xdm:code")
    _check_namespace(body, "xdm:namespace", case.sandbox)


def _check_namespace(body: Raw, key: str, sandbox: Sandbox) -> None:
    given = body.get(key)
    organization = sandbox.organization
    if body.get("xdm:property") not in ("xdm:code", "xdm:id", None):
        raise _refused("xdm:property", "xdm:property is xdm:code or xdm:id.")
    if body.get("xdm:property") == "xdm:id":
        number = int(str(given)) if str(given).isdecimal() and len(str(given)) < 10 else -1
        known = IdentityNamespace.objects.filter(organization=organization, id=number).exists()
    else:
        known = (
            isinstance(given, str)
            and find_namespace(organization=organization, code=given) is not None
        )
    if not known:
        raise _refused(key, f"There is no identity namespace {given}.")


def _check_reference_identity(case: _Case) -> None:
    _check_namespace(case.body, "xdm:identityNamespace", case.sandbox)


def _check_relationship(case: _Case) -> None:
    cardinality = case.body.get("xdm:cardinality")
    if cardinality is not None and cardinality not in _CARDINALITIES:
        raise _refused("xdm:cardinality", f"xdm:cardinality is one of {_CARDINALITIES}.")
    target = case.body.get("xdm:destinationSchema")
    found = queries.find_resource(case.sandbox, target) if isinstance(target, str) else None
    if found is None:
        raise _refused("xdm:destinationSchema", f"No schema with id {target}.")
    case.body.setdefault("xdm:destinationVersion", 1)


def _check_granularity(case: _Case) -> None:
    if case.body.get("xdm:granularity") not in _GRANULARITIES:
        raise _refused("xdm:granularity", f"xdm:granularity is one of {_GRANULARITIES}.")


def _check_labels(case: _Case) -> None:
    labels = case.body.get("xdm:labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise _refused("xdm:labels", "xdm:labels is an array of texts.")


def _check_nothing_more(_case: _Case) -> None:
    """The path is all there is to check."""


_Rule = Callable[[_Case], None]
_RULES: Mapping[str, _Rule] = {
    IDENTITY: _check_identity,
    "xdm:descriptorOneToOne": _check_relationship,
    "xdm:descriptorReferenceIdentity": _check_reference_identity,
    "xdm:descriptorRelationship": _check_relationship,
    "xdm:alternateDisplayInfo": _check_nothing_more,
    "xdm:descriptorDeprecated": _check_nothing_more,
    "xdm:descriptorPrimaryKey": _check_nothing_more,
    "xdm:descriptorVersion": _check_nothing_more,
    "xdm:descriptorTimestamp": _check_nothing_more,
    "xdm:descriptorTimeSeriesGranularity": _check_granularity,
    "xdm:descriptorLabel": _check_labels,
}


def _check_siblings(body: Raw, sandbox: Sandbox, *, own_id: str) -> None:
    rows = Descriptor.objects.filter(
        sandbox=sandbox, schema_uri=body["xdm:sourceSchema"], type=IDENTITY
    ).exclude(uri=own_id)
    for other in rows.values_list("document", flat=True):
        if other["xdm:sourceProperty"] == body["xdm:sourceProperty"]:
            place = body["xdm:sourceProperty"]
            raise _refused("xdm:sourceProperty", f"{place} is an identity already.")
        if other.get("xdm:isPrimary") and body["xdm:isPrimary"]:
            place = other["xdm:sourceProperty"]
            raise _refused("xdm:isPrimary", f"The schema has a primary identity at {place}.")


def check_primary_unchanged(sandbox: Sandbox, *, old: Raw | None, new: Raw | None) -> None:
    """The primary identity of a profile-enabled schema stays once data has been received."""
    before, after = _primary(old), _primary(new)
    if before == after:
        return
    schema_uri = (before or after or ("",))[0]
    enabled = usage.locked_schemas(sandbox.number, [schema_uri])
    if enabled and usage.schemas_with_data(sandbox.number, [schema_uri]):
        raise BreakingChangeRefused(
            "The primary identity of a schema that holds profile data cannot change.",
            path=(before or after or ("", ""))[1],
        )


def _primary(document: Raw | None) -> tuple[str, str, str] | None:
    if document is None or document["@type"] != IDENTITY or not document.get("xdm:isPrimary"):
        return None
    namespace = str(document.get("xdm:namespace"))
    return document["xdm:sourceSchema"], document["xdm:sourceProperty"], namespace
