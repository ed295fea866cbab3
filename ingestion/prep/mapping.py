"""Field-to-field mappings: checked against a schema once, then applied to each record."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ingestion.prep import field_paths
from ingestion.prep.convert import WORDS, convert
from ingestion.prep.field_paths import BadPath
from ingestion.prep.types import MappingFailure, MappingProblem, MappingRow, Steps
from ingestion.xdm.paths import ITEM, find_field
from ingestion.xdm.types import Node, json_type, xdm_type


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row made ready: where from, where to, and the type wanted there."""

    source: Steps
    target: Steps
    xdm_type: str
    constant: Any


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready to apply."""

    assignments: tuple[Assignment, ...]


def compile_mapping(rows: Sequence[MappingRow], tree: Node) -> CompiledMapping:
    """The rows ready to apply; raises BadPath for a row `check_mapping` complains about."""
    made = []
    for row in rows:
        target = field_paths.parse(row.target)
        node = _node_at(tree, target)
        if node is None:
            raise BadPath(f"The schema has no field {row.target}")
        source = () if row.is_constant else _source(row.source)
        made.append(Assignment(source, target, xdm_type(node), row.constant))
    # Objects first, so that the fields mapped one by one win over the copied ones.
    made.sort(key=lambda each: len(each.target))
    return CompiledMapping(tuple(made))


def _source(text: str) -> Steps:
    return field_paths.parse(text)


def apply(mapping: CompiledMapping, record: Mapping[str, Any]) -> dict[str, Any]:
    """The entity made of a record; raises MappingFailure."""
    entity: dict[str, Any] = {}
    for each in mapping.assignments:
        value = each.constant
        if each.source:
            value = field_paths.look_up(record, each.source)
        if value is None:
            continue
        if isinstance(value, dict | list):
            # Fields mapped one by one are put into it, and the record must stay as it came.
            value = deepcopy(value)
        field_paths.put(entity, each.target, _converted(each, value))
    return entity


def _converted(each: Assignment, value: Any) -> Any:
    try:
        return convert(value, each.xdm_type)
    except ValueError as error:
        source = field_paths.pointer(each.source)
        target = field_paths.write(each.target)
        where = f"{source} cannot become {target}" if source else f"The constant of {target}"
        raise MappingFailure(
            f"{where}: {error}",
            source=source,
            target=target,
            received=value,
            expected=WORDS.get(each.xdm_type, each.xdm_type),
        ) from error


def check_mapping(
    rows: Sequence[MappingRow], tree: Node, *, sample: Mapping[str, Any] | None = None
) -> list[MappingProblem]:
    """Everything that keeps the mapping from working; with a sample, its values are tried."""
    problems: list[MappingProblem] = []
    seen: dict[Steps, int] = {}
    for index, row in enumerate(rows):
        message = _complaint(row, tree, sample)
        if message:
            problems.append(MappingProblem(index, message, row.target))
            continue
        target = field_paths.parse(row.target)
        if target in seen:
            text = f"{row.target} is filled by row {seen[target] + 1}, too"
            problems.append(MappingProblem(index, text, row.target))
        seen.setdefault(target, index)
    problems.extend(
        MappingProblem(-1, f"{field_paths.write(path)} is required: map a field to it", path=name)
        for path in missing_required(tree, seen)
        for name in (field_paths.write(path),)
    )
    return problems


def _complaint(row: MappingRow, tree: Node, sample: Mapping[str, Any] | None) -> str:
    if not row.target:
        return f"{row.source} has no target field"
    try:
        mapping = compile_mapping([row], tree)
        if not row.is_constant and not row.source:
            return f"Nothing is mapped to {row.target}"
        if row.is_constant:
            apply(mapping, {})
        elif sample is not None:
            apply(mapping, sample)
    except (BadPath, MappingFailure) as error:
        return str(error)
    return ""


def missing_required(tree: Node, mapped: Mapping[Steps, int]) -> Iterator[Steps]:
    """Required fields nothing is mapped to: of the root, and of objects that get a value."""
    yield from _missing(tree, (), mapped)


def _missing(node: Node, prefix: Steps, mapped: Mapping[Steps, int]) -> Iterator[Steps]:
    properties: Mapping[str, Node] = node.get("properties") or {}
    for name in node.get("required") or ():
        path = (*prefix, name)
        if not any(each[: len(path)] == path for each in mapped):
            yield path
    for name, child in properties.items():
        path = (*prefix, name)
        below = [each for each in mapped if each[: len(path)] == path and len(each) > len(path)]
        if path not in mapped and below and json_type(child) == "object":
            yield from _missing(child, path, mapped)


def _node_at(tree: Node, steps: Steps) -> Node | None:
    return find_field(tree, tuple(ITEM if isinstance(step, int) else step for step in steps))
