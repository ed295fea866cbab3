"""Propose fields from sample documents: what is proposed accepts the sample.

Absent and null values say nothing. Where values of one field disagree, the field has a conflict and
people decide.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from ingestion.xdm.compile import DATE_TIME_PATTERN
from ingestion.xdm.names import is_custom_name
from ingestion.xdm.types import INTEGER_RANGES, SchemaError, Tree

MAX_DOCUMENTS = 1000
MAX_FIELDS = 500
_DATE_TIME = re.compile(DATE_TIME_PATTERN)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+[0-9][0-9 ()-]{6,18}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?")
# Namespace that a text looking so is often an identity of.
_LOOKS = (("Email", _EMAIL), ("Phone", _PHONE), ("ECID", _UUID))


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A field of the sample. `type` is an XDM type; `items` its type when it is an array."""

    path: tuple[str, ...]
    type: str
    array: bool = False
    example: str = ""
    identity: str = ""
    conflict: str = ""


def read_sample(text: str) -> list[Mapping[str, Any]]:
    """Documents of a JSON object, a JSON array, newline-separated JSON, or CSV with a header."""
    stripped = text.strip().removeprefix("\ufeff")
    if not stripped:
        raise SchemaError("The sample is empty.", path="sample")
    documents = _read_json(stripped) if stripped[0] in "[{" else _read_csv(stripped)
    if not documents:
        raise SchemaError("The sample holds no record.", path="sample")
    return documents[:MAX_DOCUMENTS]


def _read_json(text: str) -> list[Mapping[str, Any]]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        found = _read_lines(text, error)
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) for each in several):
        raise SchemaError("A record is a JSON object.", path="sample")
    return several


def _read_lines(text: str, error: orjson.JSONDecodeError) -> list[Any]:
    try:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        raise SchemaError(
            f"No JSON: {error.msg}, line {error.lineno} column {error.colno}.", path="sample"
        ) from error


def _read_csv(text: str) -> list[Mapping[str, Any]]:
    first = text.splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="", restval="")
    return [
        {name: typed_cell(cell) for name, cell in row.items() if name and cell != ""}
        for row in rows
    ]


def typed_cell(text: str) -> Any:
    """A cell as the value it means; `007` and `+49` stay texts."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def infer_fields(documents: Iterable[Mapping[str, Any]]) -> list[ProposedField]:
    """Every field of the documents, objects before what they hold, in order of appearance."""
    found: list[ProposedField] = []
    _infer(list(documents), (), found)
    if len(found) > MAX_FIELDS:
        raise SchemaError(f"The sample has more than {MAX_FIELDS} fields.", path="sample")
    return found


def _infer(
    objects: Sequence[Mapping[str, Any]], at: tuple[str, ...], found: list[ProposedField]
) -> None:
    names = dict.fromkeys(name for each in objects for name in each)
    for name in names:
        path = (*at, str(name))
        values = [each[name] for each in objects if each.get(name) is not None]
        lists = [value for value in values if isinstance(value, list)]
        flat = [item for value in lists for item in value if item is not None] if lists else values
        conflict = "lists and single values" if lists and len(lists) < len(values) else ""
        if lists and any(isinstance(item, list) for item in flat):
            conflict, flat = "lists of lists", []
        kind, trouble = _kind_of(flat)
        found.append(
            ProposedField(
                path=path,
                type=kind,
                array=bool(lists),
                example=_example(flat),
                identity="" if lists else _identity(kind, flat),
                conflict=conflict or trouble,
            )
        )
        if kind == "object" and not trouble:
            _infer(flat, path, found)


def _kind_of(values: Sequence[Any]) -> tuple[str, str]:
    """XDM type of values, and what is wrong with them if no type fits all."""
    return _common_kind({_scalar(value) for value in values})


def _common_kind(kinds: Collection[str]) -> tuple[str, str]:
    kinds = set(kinds)
    if kinds <= {"long", "number"}:
        return ("number" if "number" in kinds else "long", "") if kinds else ("string", "")
    if kinds <= {"string", "date", "date-time"}:
        return (kinds.pop() if len(kinds) == 1 else "string"), ""
    if len(kinds) == 1:
        return kinds.pop(), ""
    return "string", "mixed types: " + ", ".join(sorted(kinds))


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            low, high = INTEGER_RANGES["long"]
            return "long" if low <= value <= high else "number"
        case float():
            return "number"
        case dict():
            return "object"
        case str():
            return _text_kind(value)
        case _:
            return "string"


def _text_kind(text: str) -> str:
    day = text[:10]
    if not _DATE.fullmatch(day):
        return "string"
    try:
        date.fromisoformat(day)
    except ValueError:
        return "string"
    if len(text) == 10:
        return "date"
    return "date-time" if _DATE_TIME.match(text) and _is_time(text) else "string"


def _is_time(text: str) -> bool:
    hour, minute = int(text[11:13]), int(text[14:16])
    zone = text[-6:] if text[-1] != "Z" else "+00:00"
    return hour < 24 and minute < 60 and int(zone[1:3]) < 24 and int(zone[4:]) < 60


def infer_columns(rows: Iterable[Mapping[str, str]], names: Sequence[str]) -> list[ProposedField]:
    """A field for each column of a table, from all its cells; empty cells say nothing.

    Where cells disagree the field is a text: every cell is one.
    """
    kinds: dict[str, set[str]] = {name: set() for name in names}
    examples = dict.fromkeys(names, "")
    for row in rows:
        for name, text in row.items():
            kinds[name].add(_scalar(typed_cell(text)))
            examples[name] = examples[name] or text[:80]
    found = []
    for name in names:
        kind, conflict = _common_kind(kinds[name])
        found.append(ProposedField((name,), kind, example=examples[name], conflict=conflict))
    return found


def _identity(kind: str, values: Sequence[Any]) -> str:
    if kind != "string" or not values:
        return ""
    return next(
        (name for name, look in _LOOKS if all(look.fullmatch(str(value)) for value in values)), ""
    )


def _example(values: Sequence[Any]) -> str:
    plain = next((value for value in values if not isinstance(value, dict | list)), None)
    return "" if plain is None else str(plain)[:80]


def proposed_name(name: str) -> str:
    """A name a field may have: `Order total` becomes `orderTotal`."""
    if is_custom_name(name):
        return name
    words: list[str] = re.findall(r"[A-Za-z0-9]+", name) or ["field"]
    first, *rest = words
    return first[0].lower() + first[1:] + "".join(word[0].upper() + word[1:] for word in rest)


def proposed_tree(fields: Iterable[ProposedField]) -> Tree:
    """The proposal as one tree of `properties`, fields with a conflict left out."""
    tree: Tree = {"type": "object", "properties": {}}
    for field in fields:
        if field.conflict:
            continue
        holder = tree
        for step in field.path[:-1]:
            holder = holder["properties"][step]
            holder = holder.get("items", holder)
        node = node_of_type(field.type)
        holder["properties"][field.path[-1]] = (
            {"type": "array", "items": node} if field.array else node
        )
    return tree


def node_of_type(kind: str) -> Tree:
    """The definition of a field of an XDM type."""
    match kind:
        case "string" | "boolean" | "number":
            return {"type": kind}
        case "date" | "date-time":
            return {"type": "string", "format": kind}
        case "object":
            return {"type": "object", "properties": {}}
        case "map":
            values = {"type": "string"}
            return {"type": "object", "meta:xdmType": "map", "additionalProperties": values}
        case _:
            low, high = INTEGER_RANGES[kind]
            return {"type": "integer", "meta:xdmType": kind, "minimum": low, "maximum": high}


# Words people use for standard fields, without case and punctuation.
_SYNONYMS = {
    "email": "personalEmail.address",
    "emailaddress": "personalEmail.address",
    "mail": "personalEmail.address",
    "firstname": "person.name.firstName",
    "givenname": "person.name.firstName",
    "lastname": "person.name.lastName",
    "surname": "person.name.lastName",
    "familyname": "person.name.lastName",
    "birthdate": "person.birthDate",
    "dateofbirth": "person.birthDate",
    "gender": "person.gender",
    "phone": "mobilePhone.number",
    "phonenumber": "mobilePhone.number",
    "mobile": "mobilePhone.number",
    "city": "homeAddress.city",
    "postalcode": "homeAddress.postalCode",
    "zip": "homeAddress.postalCode",
    "street": "homeAddress.street1",
    "country": "homeAddress.country",
    "eventtype": "eventType",
}


def standard_match(path: Sequence[str]) -> tuple[str, ...]:
    """Path of the standard field of that name; empty when there is none."""
    word = re.sub(r"[^a-z0-9]", "", path[-1].lower())
    return tuple(_SYNONYMS[word].split(".")) if word in _SYNONYMS and len(path) == 1 else ()
