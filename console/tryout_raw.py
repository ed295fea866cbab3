"""Try an endpoint that takes raw data: a message its dataflow can map, and what it makes of one."""

from collections.abc import Mapping
from typing import Any

import orjson

from console.components import Problem
from console.tryout import TOKEN, Tryout, problems_of, read_json
from core import clock
from ingestion.admission.flows import MappedFlow
from ingestion.connections.models import Inlet
from ingestion.connections.queries import inlet_url
from ingestion.prep import field_paths
from ingestion.prep.mapping import Assignment, CompiledMapping, apply
from ingestion.prep.types import MappingFailure, Steps
from ingestion.xdm.paths import ITEM
from ingestion.xdm.samples import sample_document
from ingestion.xdm.validator import CompiledSchema

# For a target of which a sample has no value.
_ANY_VALUE: Mapping[str, Any] = {"boolean": True, "integer": 1, "number": 1.5, "int": 1, "long": 1}


def make_raw_tryout(
    inlet: Inlet, flow: MappedFlow, schema: CompiledSchema, *, flow_id: str
) -> Tryout:
    """A bare record with a value in every field that the flow maps."""
    headers = {"Content-Type": "application/json", "x-adobe-flow-id": flow_id}
    if inlet.authentication_required:
        headers["Authorization"] = TOKEN
    return Tryout(inlet_url(inlet.inlet_id), headers, _sample(flow.mapping, schema), checked=False)


def _sample(mapping: CompiledMapping, schema: CompiledSchema) -> dict[str, Any]:
    """The mapping backwards: what stands in a sample of the target goes to where it comes from."""
    targets = [_as_path(each.target) for each in mapping.assignments]
    values: dict[tuple[str, ...], Any] = {}
    if schema.behavior == "time-series":
        values["timestamp",] = clock.iso_ms(clock.now_ms())
    document = sample_document(schema.tree, only_required=True, include=targets, values=values)
    record: dict[str, Any] = {}
    for each in mapping.assignments:
        if each.source:
            field_paths.put(record, each.source, _value(document, each))
    return record


def _value(document: Mapping[str, Any], each: Assignment) -> Any:
    found = field_paths.look_up(document, each.target)
    return _ANY_VALUE.get(each.xdm_type, "text") if found is None else found


def _as_path(steps: Steps) -> tuple[str, ...]:
    return tuple(ITEM if isinstance(step, int) else step for step in steps)


def validate_raw(flow: MappedFlow, schema: CompiledSchema, text: str) -> tuple[Problem, ...]:
    """What is wrong with a pasted record, before its mapping and after; nothing is stored."""
    document = read_json(text)
    if isinstance(document, Problem):
        return (document,)
    message = document if "header" in document and "body" in document else {"body": document}
    body = message["body"]
    if not isinstance(body, dict):
        return (Problem("Only an object can be mapped", "MAPPER-3700-400", "/body"),)
    try:
        entity = apply(flow.mapping, body)
    except MappingFailure as failure:
        return (_unmapped(failure),)
    return problems_of(schema, entity)


def _unmapped(failure: MappingFailure) -> Problem:
    return Problem(
        what=failure.message,
        code="MAPPER-3700-400",
        path=failure.source or "/",
        received=orjson.dumps(failure.received, default=str).decode()[:120],
        expected=f"{failure.expected}, for {failure.target}",
        fix="Change the value there, or the mapping of the dataflow.",
    )
