"""Reads the notation of the files in `data/`, which `data/README.md` describes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

KINDS = ("behavior", "class", "datatype", "fieldgroup")


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a string field with their labels; only `closed` ones are validated."""

    labels: tuple[tuple[str, str | None], ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `type` is a type word, an id after `->`, or None for an object of `children`.

    `shape` lists the containers around it, outermost first: `[]` an array, else a map's key.
    """

    name: str
    shape: tuple[str, ...] = ()
    required: bool = False
    type: str | None = None
    values: Values | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    title: str | None = None
    description: str | None = None
    deprecated: bool = False
    children: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of the library, before it takes the registry's shape."""

    kind: str
    path: str
    title: str
    description: str
    extends: tuple[str, ...]
    intended: tuple[str, ...]
    fields: tuple[Field, ...]


class NotationError(ValueError):
    """A line of a data file that does not follow the notation."""


@dataclass(frozen=True, slots=True)
class _Line:
    indent: int
    text: str


_NAMES = re.compile(r"([\w-]+)((?:\[\]|\{\w+\})*)(\*?)")
_WORDS = re.compile(
    r"""\s*(?:
      ->(?P<ref>\S+)
    | (?P<open>~?)\{(?P<values>[^}]*)\}
    | /(?P<pattern>[^/]*)/
    | "(?P<title>[^"]*)"
    | (?P<low>-?[\d.]*?)\.\.(?P<high>-?[\d.]*)
    | max\ (?P<length>\d+)
    | (?P<word>[a-z][a-z0-9-]*)
    )""",
    re.VERBOSE,
)


def parse(text: str) -> tuple[Entry, ...]:
    """All resources of one file, in its order."""
    sections = re.split(r"^== ", text, flags=re.MULTILINE)
    return tuple(_entry(section) for section in sections[1:])


def _entry(section: str) -> Entry:
    head, _, body = section.partition("\n\n")
    first, *headers = head.splitlines()
    kind, _, path = first.strip().partition(" ")
    if kind not in KINDS or not path:
        raise NotationError(f"Not a resource: {first!r}")
    values = dict(header.split(": ", 1) for header in headers if header.strip())
    lines = list(_logical_lines(body))
    fields, rest = _fields(lines, indent=0)
    if rest:
        raise NotationError(f"{path}: wrong indentation at {rest[0].text!r}")
    return Entry(
        kind=kind,
        path=path,
        title=values["title"],
        description=values.get("description", ""),
        extends=_listed(values.get("extends", "")),
        intended=_listed(values.get("for", "")),
        fields=fields,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _logical_lines(body: str) -> Iterator[_Line]:
    """Lines without comments; one with an unclosed brace goes on to the next."""
    pending = ""
    for raw in body.splitlines():
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        pending = f"{pending} {raw.strip()}" if pending else raw.rstrip()
        if pending.count("{") > pending.count("}"):
            continue
        text = pending.lstrip()
        yield _Line(indent=len(pending) - len(text), text=text)
        pending = ""
    if pending:
        raise NotationError(f"Brace never closed: {pending!r}")


def _fields(lines: list[_Line], *, indent: int) -> tuple[tuple[Field, ...], list[_Line]]:
    fields: list[Field] = []
    while lines and lines[0].indent == indent:
        line, lines = lines[0], lines[1:]
        children: tuple[Field, ...] = ()
        if lines and lines[0].indent > indent:
            children, lines = _fields(lines, indent=lines[0].indent)
        fields.extend(_line_fields(line.text, children=children))
    return tuple(fields), lines


def _line_fields(text: str, *, children: tuple[Field, ...]) -> Iterator[Field]:
    """The fields of one line: several names may share a type."""
    definition, _, description = text.partition("  # ")
    names, colon, rest = definition.partition(":")
    if not colon:
        raise NotationError(f"No colon in {text!r}")
    details = _details(rest.strip(), description=description.strip() or None)
    if (details.type is None) != bool(children):
        raise NotationError(f"Either a type or indented fields are needed: {text!r}")
    for name in names.split(","):
        match = _NAMES.fullmatch(name.strip())
        if match is None:
            raise NotationError(f"Not a field name: {name!r}")
        yield replace(
            details,
            name=match[1],
            shape=tuple(part.strip("{}") for part in re.findall(r"\[\]|\{\w+\}", match[2])),
            required=bool(match[3]),
            children=children,
        )


def _details(text: str, *, description: str | None) -> Field:
    """What stands after the colon, as a field still without a name."""
    details = Field(name="", description=description)
    position = 0
    while position < len(text):
        match = _WORDS.match(text, position)
        if match is None or match.end() == position:
            raise NotationError(f"Cannot read {text[position:]!r}")
        details = _with_word(details, match)
        position = match.end()
    return details


def _with_word(details: Field, match: re.Match[str]) -> Field:
    found = match.groupdict()
    if found["ref"]:
        return replace(details, type=f"->{found['ref']}")
    if found["values"] is not None:
        values = Values(labels=tuple(_labels(found["values"])), closed=not found["open"])
        return replace(details, type=details.type or "str", values=values)
    if found["pattern"] is not None:
        return replace(details, pattern=found["pattern"])
    if found["title"] is not None:
        return replace(details, title=found["title"])
    if found["length"]:
        return replace(details, max_length=int(found["length"]))
    if found["low"] is not None:
        return replace(details, minimum=_number(found["low"]), maximum=_number(found["high"]))
    if found["word"] == "deprecated":
        return replace(details, deprecated=True)
    return replace(details, type=found["word"])


def _number(text: str) -> float | None:
    return None if not text else int(text) if text.lstrip("-").isdigit() else float(text)


def _labels(text: str) -> Iterator[tuple[str, str | None]]:
    """`a | b=Label | prefix(c d)`: the last stands for `prefixc | prefixd`."""
    for part in text.split("|"):
        value, _, label = part.strip().partition("=")
        group = None if label else re.fullmatch(r"(\S+)\((.*)\)", value)
        if group:
            yield from ((group[1] + word, None) for word in group[2].split())
        else:
            yield value, label or None
