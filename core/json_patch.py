"""JSON Patch (RFC 6902): add, remove, replace, move, copy and test on JSON documents."""

from copy import deepcopy
from typing import Any

from core.errors import Invalid

Operation = dict[str, Any]


class PatchError(Invalid):
    """A patch that cannot be applied; `fields` say which operation and path."""

    code = "json_patch"


class PatchTestFailed(PatchError):
    """A `test` operation found another value."""

    code = "json_patch_test"


def apply_patch(document: Any, operations: Any) -> Any:
    """A new document with all operations applied in order; `document` stays as it is."""
    if not isinstance(operations, list):
        raise PatchError("A JSON Patch is an array of operations.")
    result = deepcopy(document)
    for index, operation in enumerate(operations):
        try:
            result = _apply(result, operation)
        except PatchError as error:
            fields = {"operation": index, **error.fields}
            raise type(error)(f"Operation {index}: {error.message}", **fields) from None
    return result


def parse_pointer(text: Any) -> list[str]:
    """Steps of a JSON Pointer (RFC 6901); the empty text is the whole document."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"{text!r} is not a JSON pointer.", path=text)
    return [step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:]]


def _apply(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict):
        raise PatchError("an operation is an object.")
    name, path = operation.get("op"), operation.get("path")
    steps = parse_pointer(path)
    match name:
        case "add":
            return _add(document, steps, deepcopy(_value(operation)))
        case "remove":
            return _remove(document, steps)[0]
        case "replace":
            _get(document, steps)
            document, _ = _remove(document, steps) if steps else (None, None)
            return _add(document, steps, deepcopy(_value(operation)))
        case "move":
            return _move(document, parse_pointer(operation.get("from")), steps)
        case "copy":
            return _add(
                document, steps, deepcopy(_get(document, parse_pointer(operation.get("from"))))
            )
        case "test":
            return _test(document, steps, _value(operation))
        case _:
            raise PatchError(f"{name!r} is not an operation.", path=path)


def _value(operation: Operation) -> Any:
    if "value" not in operation:
        raise PatchError(f"the operation {operation['op']} needs a value.")
    return operation["value"]


def _move(document: Any, source: list[str], target: list[str]) -> Any:
    if target[: len(source)] == source and target != source:
        raise PatchError("a value cannot move into itself.", path=_text(target))
    document, value = _remove(document, source)
    return _add(document, target, value)


def _test(document: Any, steps: list[str], expected: Any) -> Any:
    found = _get(document, steps)
    if not json_equal(found, expected):
        raise PatchTestFailed(f"{_text(steps)} has another value.", path=_text(steps))
    return document


def json_equal(first: Any, second: Any) -> bool:
    """Equality of JSON values: 1 equals 1.0, but never `true`."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(json_equal(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(json_equal, first, second))
    return bool(first == second)


def _get(document: Any, steps: list[str]) -> Any:
    for depth, step in enumerate(steps):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list):
            document = document[_index(step, len(document) - 1, steps)]
        else:
            place = _text(steps[: depth + 1])
            raise PatchError(f"there is nothing at {place}.", path=_text(steps))
    return document


def _add(document: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    parent, last = _get(document, steps[:-1]), steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        place = len(parent) if last == "-" else _index(last, len(parent), steps)
        parent.insert(place, value)
    else:
        raise PatchError(f"{_text(steps[:-1])} cannot hold values.", path=_text(steps))
    return document


def _remove(document: Any, steps: list[str]) -> tuple[Any, Any]:
    """The document without the value, and the value."""
    if not steps:
        return None, document
    value = _get(document, steps)
    parent = _get(document, steps[:-1])
    if isinstance(parent, dict):
        del parent[steps[-1]]
    else:
        del parent[int(steps[-1])]
    return document, value


def _index(step: str, last: int, steps: list[str]) -> int:
    plain = step.isascii() and step.isdigit() and (step == "0" or not step.startswith("0"))
    # A number of very many digits is no index of any list.
    if not plain or len(step) > 9 or int(step) > last:
        raise PatchError(f"there is nothing at {_text(steps)}.", path=_text(steps))
    return int(step)


def _text(steps: list[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps) or "/"
