r"""Paths of mappings: `items[0].sku`, odd names as `${First Name}`, a dot in a name as `\.`."""

import re
from typing import Any

from ingestion.prep.types import Steps

_TOKEN = re.compile(
    r"\$\{(?P<odd>(?:[^}\\]|\\.)*)\}|(?P<name>(?:[^.\[\]\\]|\\.)+)|\[(?P<index>\d+)\]"
)


class BadPath(ValueError):
    """A text that is no path."""


def parse(text: str) -> Steps:
    """The steps of a path; raises BadPath."""
    steps: list[str | int] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadPath(f"{text} is no field path: see character {place + 1}")
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(re.sub(r"\\(.)", r"\1", found["odd"] or found["name"]))
        place = found.end()
        if text[place : place + 1] == ".":
            place += 1
            if place == len(text):
                raise BadPath(f"{text} ends with a dot")
    if not steps or isinstance(steps[0], int):
        raise BadPath("A field path starts with a name")
    return tuple(steps)


def write(steps: Steps) -> str:
    """The reverse of `parse`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = re.sub(r"([.\[\]\\])", r"\\\1", step)
            text += f".{name}" if text else name
    return text


def pointer(steps: Steps) -> str:
    """The steps as a JSON pointer, for people."""
    return "".join(f"/{step}" for step in steps)


def look_up(record: Any, steps: Steps) -> Any:
    """The value at these steps, or None."""
    for step in steps:
        if isinstance(step, int):
            record = record[step] if isinstance(record, list) and step < len(record) else None
        else:
            record = record.get(step) if isinstance(record, dict) else None
        if record is None:
            return None
    return record


def put(entity: dict[str, Any], steps: Steps, value: Any) -> None:
    """Set the value at these steps, making objects and arrays on the way."""
    here: Any = entity
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        below: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            while len(here) <= step:
                here.append({} if isinstance(below, dict) else None)
            if following is None or here[step] is None:
                here[step] = below
            here = here[step]
        else:
            here = _descend(here, step, below, last=following is None)


def _descend(here: dict[str, Any], step: str, below: Any, *, last: bool) -> Any:
    if last and isinstance(below, dict) and isinstance(here.get(step), dict):
        # An object over children mapped one by one: the explicit ones win.
        here[step] = {**below, **here[step]}
    elif last or step not in here:
        here[step] = below
    return here[step]
