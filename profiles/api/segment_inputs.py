"""From bodies of audiences to what the actions take."""

from typing import Any

import orjson

from core.errors import Invalid
from profiles.api.bodies import Json, flag, optional_text, require_object, require_text
from profiles.api.segments import METHOD_NAMES
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import (
    DEFAULT_TTL_DAYS,
    JSON,
    PLATFORM_NAMESPACE,
    TEXT,
    UPLOAD_NAMESPACE,
    UPLOAD_ORIGIN,
    Expression,
    ExternalInput,
    InvalidAudience,
    SegmentInput,
)

_EXTERNAL_TYPES = ("ExternalSegment", "ExternalAudience")


def expression_of(value: Any, *, path: str = "expression") -> Expression:
    """A rule in one of the two formats; the tree may come as an object or as JSON text."""
    body = require_object(value if value is not None else {})
    kind, form, text = body.get("type", "PQL"), body.get("format", TEXT), body.get("value")
    if kind != "PQL":
        message = f"{path}.type must be PQL."
        raise InvalidAudience(message, path=f"{path}.type", received=kind)
    if form not in {TEXT, JSON}:
        message = f"{path}.format must be {TEXT} or {JSON}."
        raise InvalidAudience(message, path=f"{path}.format", received=form)
    if form == JSON and isinstance(text, dict):
        text = orjson.dumps(text).decode()
    if not isinstance(text, str) or not text.strip():
        message = f"{path}.value is required: it is the rule."
        raise InvalidAudience(message, path=f"{path}.value", received=text)
    return Expression(text, form)


def segment_input(body: Json, *, stored: SegmentDefinition | None = None) -> SegmentInput:
    """An audience with a rule; what is absent keeps what is stored, where there is such."""
    _refuse_other_names(body, stored)
    governance = require_object(body.get("dataGovernancePolicy") or {})
    opt_out = stored.exclude_opt_out if stored else True
    return SegmentInput(
        name=require_text(body, "name"),
        expression=expression_of(body.get("expression")),
        description=optional_text(body, "description"),
        schema_name=schema_name_of(body, stored),
        merge_policy_id=optional_text(body, "mergePolicyId") or None,
        method=method_of(body.get("evaluationInfo")),
        state=optional_text(body, "lifecycleState") or None,
        ttl_days=ttl_of(body, stored),
        payload_schema=optional_text(body, "payloadSchema"),
        exclude_opt_out=flag(
            governance.get("excludeOptOut"), name="excludeOptOut", default=opt_out
        ),
        labels=words(body, "labels"),
        tags=words(body, "tags"),
        linked_audience_ref=_linked(body, stored),
    )


def external_input(body: Json, *, stored: SegmentDefinition | None = None) -> ExternalInput:
    """An audience whose members come from elsewhere."""
    return ExternalInput(
        name=require_text(body, "name"),
        audience_id=optional_text(body, "audienceId"),
        namespace=optional_text(
            body, "namespace", stored.namespace if stored else UPLOAD_NAMESPACE
        ),
        origin=optional_text(body, "originName", stored.origin if stored else UPLOAD_ORIGIN),
        description=optional_text(body, "description"),
        state=optional_text(body, "lifecycleState") or None,
        ttl_days=ttl_of(body, stored),
        source_id=optional_text(body, "sourceId"),
        dataset_id=optional_text(body, "datasetId"),
        labels=words(body, "labels"),
        tags=words(body, "tags"),
        audience_meta=require_object(body.get("audienceMeta") or {}),
        linked_audience_ref=_linked(body, stored),
    )


def _linked(body: Json, stored: SegmentDefinition | None) -> Json:
    """A client that does not speak of folders takes no audience out of its own."""
    given = body.get("linkedAudienceRef", stored.linked_audience_ref if stored else None)
    return require_object(given or {})


def is_external(body: Json) -> bool:
    """Whether a body describes an audience without a rule of its own."""
    kind = body.get("type")
    if kind is not None and kind not in {SegmentDefinition.Kind.RULE, *_EXTERNAL_TYPES}:
        message = f"type must be one of SegmentDefinition, {', '.join(_EXTERNAL_TYPES)}."
        raise InvalidAudience(message, path="type", received=kind)
    if kind is None:
        return "expression" not in body and body.get("namespace", PLATFORM_NAMESPACE) != (
            PLATFORM_NAMESPACE
        )
    return kind in _EXTERNAL_TYPES


def method_of(value: Any) -> str | None:
    """The one method that is enabled; None when none is."""
    info = require_object(value or {})
    enabled = [
        method
        for method, name in METHOD_NAMES.items()
        if flag(require_object(info.get(name) or {}).get("enabled"), name=f"{name}.enabled")
    ]
    if len(enabled) > 1:
        message = "evaluationInfo enables one method at a time: batch, continuous or synchronous."
        raise InvalidAudience(message, path="evaluationInfo", received=value)
    return enabled[0] if enabled else None


def schema_name_of(body: Json, stored: SegmentDefinition | None) -> str:
    """Name of the class, as `{"name": …}` or bare."""
    given = body.get("schema")
    if given is None and stored is not None:
        return stored.schema_name
    name = given.get("name") if isinstance(given, dict) else given
    if not isinstance(name, str) or not name.strip():
        raise Invalid("schema.name is required.", path="schema.name", received=given)
    return name


def ttl_of(body: Json, stored: SegmentDefinition | None = None) -> int | None:
    """Days an audience is kept; known clients send numbers as texts, too."""
    given = body.get("ttlInDays")
    if given is None:
        return stored.ttl_days if stored else DEFAULT_TTL_DAYS
    text = str(given)
    if isinstance(given, bool) or not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Invalid("ttlInDays must be a whole number.", path="ttlInDays", received=given)
    return int(text)


def words(body: Json, name: str) -> tuple[str, ...]:
    """A list of texts."""
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise Invalid(f"{name} must be a list of texts.", path=name, received=given)
    return tuple(given)


def _refuse_other_names(body: Json, stored: SegmentDefinition | None) -> None:
    """The service names its audiences: `namespace` and `audienceId` may only be what they are."""
    if stored is None:
        return
    for path, present in (("namespace", stored.namespace), ("audienceId", stored.audience_id)):
        if body.get(path, present) != present:
            message = f"{path} of an audience cannot change."
            raise InvalidAudience(message, path=path, received=body[path], expected=present)
