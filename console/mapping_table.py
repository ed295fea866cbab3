"""The mapping table of wizards: rows people edit, with what is wrong beside each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ingestion.prep.mapping import apply, check_mapping, compile_mapping
from ingestion.prep.suggest import source_fields, suggest, target_fields
from ingestion.prep.types import MappingFailure, MappingRow
from ingestion.xdm.types import Node, xdm_type
from ingestion.xdm.validator import CompiledSchema

_LONGEST = 80
BLANK_ROWS = 2

type RowState = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of the table; `index` names its inputs."""

    index: int
    source: str
    sample: str
    constant: str
    is_constant: bool
    target: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Target:
    """A field a source may be mapped to."""

    path: str
    type_word: str


@dataclass(frozen=True, slots=True)
class MappingTable:
    """Rows, counters, and what the mapping makes of the sample."""

    rows: tuple[TableRow, ...]
    targets: tuple[Target, ...]
    mapped: int
    identities: int
    required: tuple[str, ...]
    troubles: int
    result: dict[str, Any] | None


def proposed_rows(
    sample: Mapping[str, Any], schema: CompiledSchema, *, before: Iterable[RowState] = ()
) -> list[RowState]:
    """A row for each field of the sample, with the targets that fit by name.

    What people decided `before` stays: constants, and targets of fields the sample still has.
    """
    decided = list(before)
    sources = [name for name, value in source_fields(sample).items() if value is not None]
    kept = {row["source"]: row for row in decided if row["source"] in sources}
    taken = {row["target"] for row in decided}
    free = {path: one for path, one in target_fields(schema.tree).items() if path not in taken}
    new = suggest([one for one in sources if one not in kept], free)
    proposed = {row.source: {"source": row.source, "target": row.target} for row in new}
    constants = [row for row in decided if not row["source"]]
    return [*({**proposed, **kept}[one] for one in sources), *constants]


def rows_from_post(data: Mapping[str, str], *, clear: bool = False) -> list[RowState]:
    """The rows as the form sends them, row by row; blank constants are left out."""
    rows: list[RowState] = []
    index = 0
    while f"target-{index}" in data and index < 2000:
        target = "" if clear else data[f"target-{index}"].strip()
        if f"constant-{index}" in data:
            constant = data[f"constant-{index}"]
            if (constant or target) and not clear:
                rows.append({"source": "", "constant": constant, "target": target})
        else:
            rows.append({"source": data.get(f"source-{index}", ""), "target": target})
        index += 1
    return rows


def mapping_rows(rows: Sequence[RowState]) -> list[MappingRow]:
    """The rows that map something."""
    return [
        MappingRow(row.get("source", ""), row["target"], row.get("constant"))
        for row in rows
        if row["target"]
    ]


def table_of(
    rows: Sequence[RowState], sample: Mapping[str, Any], schema: CompiledSchema
) -> MappingTable:
    """Everything the page shows."""
    used = mapping_rows(rows)
    problems = check_mapping(used, schema.tree, sample=sample)
    by_row = {problem.row: problem.message for problem in problems}
    samples = source_fields(sample)
    shown, place = [], 0
    for index, row in enumerate(rows):
        trouble = by_row.get(place, "") if row["target"] else ""
        place += bool(row["target"])
        shown.append(_row(index, row, samples, trouble))
    shown += [_blank(len(rows) + extra) for extra in range(BLANK_ROWS)]
    targets = target_fields(schema.tree)
    identity_paths = {".".join(field.path) for field in schema.identity_fields}
    return MappingTable(
        rows=tuple(shown),
        targets=tuple(Target(path, xdm_type(node)) for path, node in targets.items()),
        mapped=len(used),
        identities=sum(row.target in identity_paths for row in used),
        required=tuple(problem.message for problem in problems if problem.row < 0),
        troubles=len(problems),
        result=None if any(p.row >= 0 for p in problems) else result_of(used, sample, schema.tree),
    )


def result_of(
    rows: Sequence[MappingRow], sample: Mapping[str, Any], tree: Node
) -> dict[str, Any] | None:
    """The entity the rows make of the sample, if they make one."""
    try:
        return apply(compile_mapping(rows, tree), sample)
    except MappingFailure:
        return None


def _row(index: int, row: RowState, samples: Mapping[str, Any], trouble: str) -> TableRow:
    constant = row.get("constant")
    value = samples.get(row.get("source", ""))
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return TableRow(
        index=index,
        source=row.get("source", ""),
        sample=text[:_LONGEST],
        constant=constant or "",
        is_constant=constant is not None,
        target=row["target"],
        trouble=trouble,
    )


def _blank(index: int) -> TableRow:
    return TableRow(index, "", "", "", is_constant=True, target="", trouble="")
